import fc from 'fast-check';
import { expect, test } from 'vitest';
import { finishThreshold, requantize } from '../reference/finish.ts';
import { chooseRequantization, chooseThresholds, NARROW_BOUND } from './requantize.ts';

const gain = fc.double({ min: -300, max: 300, noNaN: true });
const offset = fc.double({ min: -40_000, max: 40_000, noNaN: true });

test.each([
  [NARROW_BOUND, 'narrow'],
  [100, 'narrow'],
  [1_000_000, 'wide'],
] as const)('requantisation of accumulators up to %i is %s, exact and close', (bound, arithmetic) => {
  fc.assert(
    fc.property(gain, offset, fc.integer({ min: -bound, max: bound }), (a, b, z) => {
      const chosen = chooseRequantization(Float64Array.of(a), Float64Array.of(b), bound, 'node');
      expect(chosen.arithmetic).toBe(arithmetic);
      const [multiplier, total, shift] = [chosen.multipliers[0]!, chosen.offsets[0]!, chosen.shifts[0]!];
      const exact = (BigInt(z) * BigInt(multiplier) + BigInt(total)) >> BigInt(shift);
      const value = requantize(z, chosen, 0);
      expect(BigInt(value)).toBe(exact);
      expect(BigInt.asIntN(32, exact)).toBe(exact);
      if (arithmetic === 'narrow')
        expect(BigInt.asIntN(32, BigInt(z) * BigInt(multiplier) + BigInt(total))).toBe(BigInt(z) * BigInt(multiplier) + BigInt(total));
      const real = a * z + b;
      const digits = arithmetic === 'narrow' ? 2 ** 12 : 2 ** 20;
      expect(Math.abs(value - real)).toBeLessThanOrEqual(0.51 + (Math.abs(a * bound) + Math.abs(b)) / digits);
    }),
  );
});

test('large multipliers of small accumulators take 64-bit arithmetic', () => {
  expect(chooseRequantization(Float64Array.of(70_000, 1), new Float64Array(2), 10, 'node').arithmetic).toBe('wide');
  expect(() => chooseRequantization(Float64Array.of(1, 2 ** 40), new Float64Array(2), 10, 'node')).toThrow(/RUNTIME_RANGE: node "node": channel 1/);
});

test('a threshold decides as the real value does', () => {
  fc.assert(
    fc.property(fc.oneof(gain, fc.constant(0)), fc.oneof(offset, fc.constant(0)), fc.integer({ min: -30_000, max: 30_000 }), (a, b, z) => {
      // Ties are decided by the rounding of one division; everything else is exact.
      fc.pre(a === 0 || Math.abs(a * z + b) > 1e-6 * Math.abs(a));
      const chosen = chooseThresholds(Float64Array.of(a), Float64Array.of(b), 'node');
      expect(finishThreshold({ kind: 'threshold', ...chosen, outputs: [] }, z, 0)).toBe(a * z + b >= 0);
    }),
  );
});
