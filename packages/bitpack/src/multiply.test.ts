import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BitpackError, gemm1x1, multiply, pack, signBits } from './index.ts';

test('two calls give the product of the signs, for any shape and in any order of clip lengths', () => {
  const shape = fc.record({
    m: fc.integer({ min: 1, max: 40 }),
    k: fc.integer({ min: 1, max: 90 }),
    ts: fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 1, maxLength: 3 }),
  });
  const property = fc.property(shape, fc.infiniteStream(fc.integer({ min: -3, max: 3 })), ({ m, k, ts }, values) => {
    const take = (count: number): number[] => Array.from({ length: count }, () => values.next().value as number);
    const weights = pack(Int8Array.from(take(m * k)), m, k);
    for (const t of ts) {
      const x = Float32Array.from(take(k * t));
      expect(Array.from(multiply(weights, x, t))).toEqual(Array.from(gemm1x1(weights.rows, signBits(x), { m, k, t })));
      expect(multiply(weights, Int8Array.from(x), t)).toEqual(multiply(weights, x, t));
      expect(multiply(weights, Int16Array.from(x), t)).toEqual(multiply(weights, x, t));
    }
  });
  fc.assert(property, { numRuns: 30, seed: 3 });
});

test('a result is the caller’s own', () => {
  const weights = pack(Float32Array.of(1, -1, 1), 1, 3);
  const first = multiply(weights, Int8Array.of(1, 1, 1));
  const second = multiply(weights, Int8Array.of(1, -1, 1));
  expect([Array.from(first), Array.from(second)]).toEqual([[1], [3]]);
});

test('a NaN is named with its place, and leaves no trace in the next call', () => {
  const weights = pack(Int8Array.of(1, -1, 1, 1, 1), 1, 5);
  expect(() => multiply(weights, Float32Array.of(1, 1, 1, Number.NaN, 1))).toThrow(/NaN at index 3.*BITPACK_NOT_A_NUMBER/);
  expect(Array.from(multiply(weights, Float32Array.of(-0, -1, 1, 1, 1)))).toEqual([5]);
  expect(Array.from(multiply(weights, Int16Array.of(1, 1, 1, 1, -300)))).toEqual([1]);
});

test('what cannot be exact in 16 bits, or has the wrong length, is refused', () => {
  const deep = pack(new Int8Array(32768), 1, 32768);
  expect(() => multiply(deep, new Int8Array(32768))).toThrow(BitpackError);
  expect(() => multiply(deep, new Int8Array(32768))).toThrow(/BITPACK_KERNEL_UNFIT/);
  expect(() => multiply(pack(new Int8Array(4), 2, 2), new Int8Array(3))).toThrow(/BITPACK_LENGTH/);
  expect(() => multiply(pack(new Int8Array(4), 2, 2), new Int8Array(4), 0)).toThrow(/BITPACK_SHAPE/);
});
