import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeFixedPoint, encodeFixedPoint, roundToBytes } from './fixed-point.ts';

test('rounded numbers survive, and are within 2^-7 of the largest', () => {
  fc.assert(
    fc.property(fc.float32Array({ minLength: 1, min: -1000, max: 1000, noNaN: true }), (values) => {
      const rounded = roundToBytes(values);
      const largest = Math.max(...values.map(Math.abs));
      if (largest < 2 ** -100) return;
      values.forEach((value, at) => expect(Math.abs(rounded[at]! - value)).toBeLessThanOrEqual(largest / 127));
      expect(roundToBytes(rounded)).toEqual(rounded);
      expect(decodeFixedPoint(encodeFixedPoint(rounded)!)).toEqual(rounded);
    }),
  );
});

test('the exponent is the smallest that fits', () => {
  expect([...encodeFixedPoint(Float32Array.of(1, -0.5, 0))!]).toEqual([-6, 64, -32, 0]);
  expect([...encodeFixedPoint(Float32Array.of(127, 1))!]).toEqual([0, 127, 1]);
  expect([...encodeFixedPoint(new Float32Array(2))!]).toEqual([0, 0, 0]);
});

test('what is no such number is not encoded', () => {
  for (const values of [[1, 1 / 3], [1000, 1], [Number.NaN], [Infinity], [-0, 1], [1e38 * 3, 1e-3]])
    expect(encodeFixedPoint(Float32Array.from(values))).toBeNull();
  expect([...roundToBytes(Float32Array.of(Infinity))]).toEqual([Infinity]);
});
