import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cosineOfTurn, exponential, naturalLog, sineOfTurn } from './elementary.ts';

const relative = (got: number, wanted: number): number => Math.abs(got - wanted) / Math.max(Math.abs(wanted), Number.MIN_VALUE);

test('the logarithm is that of the engine within rounding', () => {
  fc.assert(
    fc.property(fc.double({ min: 5e-324, max: 1.7e308, noNaN: true }), (x) => {
      const wanted = Math.log(x);
      expect(Math.abs(naturalLog(x) - wanted)).toBeLessThanOrEqual(1e-15 * Math.max(1e-1, Math.abs(wanted)));
    }),
  );
  expect([naturalLog(1), naturalLog(0), naturalLog(-1), naturalLog(Infinity)]).toEqual([0, -Infinity, NaN, Infinity]);
});

test('the exponential is that of the engine within rounding', () => {
  fc.assert(fc.property(fc.double({ min: -700, max: 700, noNaN: true }), (x) => relative(exponential(x), Math.exp(x)) < 1e-15));
  expect(exponential(0)).toBe(1);
});

test('turns are those of the engine, and exact in their symmetries', () => {
  fc.assert(
    fc.property(fc.integer({ min: -100_000, max: 100_000 }), fc.integer({ min: 1, max: 50_000 }), (a, b) => {
      expect(Math.abs(cosineOfTurn(a, b) - Math.cos((2 * Math.PI * (a % b)) / b))).toBeLessThan(2e-15);
      expect(cosineOfTurn(a, b)).toBe(cosineOfTurn(-a, b));
      expect(cosineOfTurn(a, b)).toBe(cosineOfTurn(a + b, b));
      expect(cosineOfTurn(a, b) + cosineOfTurn(2 * a + b, 2 * b)).toBe(0);
      expect(sineOfTurn(a, b)).toBe(cosineOfTurn(4 * a - b, 4 * b));
    }),
  );
  expect([0, 1, 2, 3].map((quarter) => Math.abs(sineOfTurn(quarter, 4)))).toEqual([0, 1, 0, 1]);
});
