import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeHalves, encodeHalves, roundToHalf } from './half.ts';

test('every half survives', () => {
  const bytes = Uint8Array.from({ length: 2 << 16 }, (_, at) => ((at >> 1) >> (at % 2 === 0 ? 0 : 8)) & 255);
  const halves = decodeHalves(bytes);
  const finite = halves.filter((value) => Number.isFinite(value));
  expect(finite.length).toBe(2 * 31 * 1024);
  expect(decodeHalves(encodeHalves(finite)!)).toEqual(finite);
  expect(roundToHalf(finite)).toEqual(finite);
});

test('values of the standard', () => {
  const bits = (value: number): string | null => {
    const bytes = encodeHalves(Float32Array.of(value));
    return bytes === null ? null : ((bytes[1]! << 8) | bytes[0]!).toString(16);
  };
  expect([1, -2, 65_504, 2 ** -14, 2 ** -24, 0, -0, -Infinity, 1 / 3, 65_536, Number.NaN, 2 ** -25].map(bits)).toEqual([
    '3c00',
    'c000',
    '7bff',
    '400',
    '1',
    '0',
    '8000',
    'fc00',
    null,
    null,
    null,
    null,
  ]);
});

test('rounding takes the nearest, ties to even', () => {
  const rounded = (value: number): number => roundToHalf(Float32Array.of(1, value))[1]!;
  expect(rounded(1 + 2 ** -11)).toBe(1);
  expect(rounded(1 + 3 * 2 ** -11)).toBe(1 + 2 ** -9);
  expect(rounded(1 + 2 ** -11 + 2 ** -20)).toBe(1 + 2 ** -10);
  expect(rounded(2047.5)).toBe(2048);
  expect(rounded(1.5 * 2 ** -24)).toBe(2 ** -23);
  expect(rounded(-0.5 * 2 ** -24)).toBe(-0);
  fc.assert(
    fc.property(fc.float({ min: -65_504, max: 65_504, noNaN: true }), (value) => {
      const nearest = rounded(value);
      for (const step of [-1, 1]) {
        const bytes = encodeHalves(Float32Array.of(nearest))!;
        const half = ((bytes[1]! << 8) | bytes[0]!) + step;
        if ((half & 0x7fff) < 0x7c00 && half >= 0)
          expect(Math.abs(decodeHalves(Uint8Array.of(half & 255, half >> 8))[0]! - value)).toBeGreaterThanOrEqual(Math.abs(nearest - value));
      }
    }),
  );
});

test('what does not fit stays as it is', () => {
  for (const values of [Float32Array.of(1e6, 1 / 3), Float32Array.of(1e-5, 1e-6), Float32Array.of(Infinity), Float32Array.of(0, 0)])
    expect(roundToHalf(values)).toBe(values);
});
