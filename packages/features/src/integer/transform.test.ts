import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SPEC98X40 } from './config.ts';
import { frontEndTables } from './tables.ts';
import { transform } from './transform.ts';

/** The transform by definition, in natural order. */
function exact(data: Int16Array): Float64Array {
  const n = data.length / 2;
  const result = new Float64Array(2 * n);
  for (let k = 0; k < n; k++) {
    for (let i = 0; i < n; i++) {
      const [c, s] = [Math.cos((2 * Math.PI * ((i * k) % n)) / n), Math.sin((2 * Math.PI * ((i * k) % n)) / n)];
      result[2 * k] += data[2 * i] * c + data[2 * i + 1] * s;
      result[2 * k + 1] += data[2 * i + 1] * c - data[2 * i] * s;
    }
  }
  return result;
}

describe.each([64, 128, 256, 512, 1024])('half of a real transform of %i points', (fft) => {
  const { sine, reversal } = frontEndTables({ ...SPEC98X40, fft, window: Math.min(fft, 480), hop: 32, bands: 4 });
  const run = (input: Int16Array): Float64Array => {
    const data = new Int16Array(fft).fill(-12345);
    for (let i = 0; i < fft; i++) data[2 * reversal[i >> 1] + (i & 1)] = input[i];
    const exponent = transform(data, sine);
    return Float64Array.from(data, (value) => value * 2 ** exponent);
  };
  /** The largest error as a part of the loudest line: small when nothing has wrapped and the block floats. */
  const worst = (input: Int16Array): number => {
    const wanted = exact(input);
    const got = run(input);
    const loudest = wanted.reduce((max, value) => Math.max(max, Math.abs(value)), 1e-9);
    return wanted.reduce((max, value, i) => Math.max(max, Math.abs(got[i] - value)), 0) / loudest;
  };

  test('full-scale patterns that add up in one line do not overflow', () => {
    for (const line of [0, 1, 3, fft / 8 - 1, fft / 8, fft / 4, fft / 2 - 1]) {
      for (const phase of [0, 0.125, 0.3]) {
        const at = (i: number, shift: number): number => Math.cos(2 * Math.PI * ((line * i) / (fft / 2) + phase + shift));
        const sign = (value: number): number => (value >= 0 ? 32767 : -32768);
        const input = Int16Array.from({ length: fft }, (_, i) => sign(at(i >> 1, (i & 1) === 0 ? 0 : -0.25)));
        expect(worst(input)).toBeLessThan(2 ** -10);
      }
    }
  });

  test('blocks of every level', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 15 }), fc.integer(), (level, seed) => {
        let state = seed | 1;
        const value = (): number => (state = (Math.imul(state, 1664525) + 1013904223) | 0) >> (31 - level);
        expect(worst(Int16Array.from({ length: fft }, value))).toBeLessThan(2 ** -10);
      }),
      { numRuns: 6 },
    );
  });

  test('a block of zeros stays zero', () => {
    expect(run(new Int16Array(fft)).every((value) => value === 0)).toBe(true);
  });
});
