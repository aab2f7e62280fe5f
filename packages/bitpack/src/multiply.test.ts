import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type ActivationType,
  BitpackError,
  gemm,
  gemm1x1,
  gemmFloat,
  multiply,
  pack,
  type PackedWeights,
  signBits,
  WEIGHT_TYPES,
  type WeightType,
} from './index.ts';

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

const PAIRS: readonly (readonly [WeightType, ActivationType])[] = [
  ['1', '1'],
  ['ternary', '1'],
  ...(Object.keys(WEIGHT_TYPES) as WeightType[]).map((type) => [type, 'int8'] as const),
];

test.each(PAIRS)('%s × %s: the two calls equal the reference, one matrix for clips and frames of any length', (type, activations) => {
  const shape = fc.record({
    m: fc.integer({ min: 1, max: 40 }),
    k: fc.integer({ min: 1, max: 90 }),
    ts: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 3 }),
  });
  const property = fc.property(shape, fc.infiniteStream(fc.integer({ min: -128, max: 127 })), ({ m, k, ts }, bytes) => {
    const take = (count: number): Int8Array => Int8Array.from({ length: count }, () => bytes.next().value as number);
    const { minimum, maximum } = WEIGHT_TYPES[type];
    const weights: PackedWeights = pack(
      take(m * k).map((byte) => minimum + ((byte + 128) % (maximum - minimum + 1))),
      m,
      k,
      { type },
    );
    for (const t of ts) {
      const x = take(k * t);
      const expected = gemm({ weights: type, activations }, weights.rows, activations === '1' ? signBits(x) : x, { m, k, t });
      const product = multiply(weights, x, t, { activations });
      expect(product).toBeInstanceOf(activations === '1' ? Int16Array : Int32Array);
      expect(Array.from(product)).toEqual(Array.from(expected));
    }
  });
  fc.assert(property, { numRuns: 12, seed: 4 });
});

test('the types of weights say those of activations and results', () => {
  const values = Int8Array.of(1, -1, 0, 1);
  const bits: Int16Array = multiply(pack(values, 2, 2), Float32Array.of(0.5, -3));
  const bytes: Int32Array = multiply(pack(values, 2, 2, { type: 'ternary' }), Int8Array.of(100, -28));
  const both: Int32Array = multiply(pack(values, 2, 2), Int8Array.of(100, -28), 1, { activations: 'int8' });
  expect([Array.from(bits), Array.from(bytes), Array.from(both)]).toEqual([
    [2, 0],
    [128, -28],
    [128, 72],
  ]);
});

test('where the types are not known beforehand, only what suits all of them is accepted', () => {
  const types: readonly WeightType[] = ['1', 'int4'];
  const products = types.map((type) => {
    const weights: PackedWeights = pack(Int8Array.of(3, -4), 1, 2, { type });
    // @ts-expect-error bytes suit every type, floats do not
    const wrong = (): unknown => multiply(weights, Float32Array.of(1, 1));
    expect(wrong).toBeTypeOf('function');
    const product: Int16Array | Int32Array = multiply(weights, Int8Array.of(100, 1));
    return Array.from(product);
  });
  expect(products).toEqual([[0], [296]]);
});

test('types that do not go together are refused', () => {
  const weights = pack(Int8Array.of(7, -8), 1, 2, { type: 'int4' });
  // @ts-expect-error activations that are not bytes are no `int8`
  expect(() => multiply(weights, Float32Array.of(1, 2))).toThrow(/Float32Array.*BITPACK_TYPE/);
  expect(() => multiply(weights, Int8Array.of(1, 2), 1, { activations: '1' })).toThrow(/int4 × 1.*BITPACK_KERNEL_UNFIT/);
  expect(() => multiply(weights, Int8Array.of(1, 2), 1, { activations: 'f32' as 'int8' })).toThrow(/f32.*BITPACK_TYPE/);
  expect(() => pack(Int8Array.of(8), 1, 1, { type: 'int4' })).toThrow(/BITPACK_RANGE/);
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

test('floats by bits and by ternary weights, in the order that the reference defines', () => {
  const values = Int8Array.from({ length: 40 * 50 }, (_, n) => ((n * 7919) % 3) - 1);
  const x = Float32Array.from({ length: 50 * 9 }, (_, n) => Math.sin(n) * 2 ** (n % 9));
  for (const type of ['1', 'ternary'] as const) {
    const weights = pack(values, 40, 50, { type });
    for (const t of [9, 1]) {
      const product: Float32Array = multiply(weights, x.subarray(0, 50 * t), t, { activations: 'f32' });
      expect(product).toEqual(gemmFloat(type, weights.rows, x.subarray(0, 50 * t), { m: 40, k: 50, t }));
    }
  }
  expect(() => multiply(pack(values, 40, 50, { type: 'int4' }), x, 9, { activations: 'f32' })).toThrow(/int4 × f32.*BITPACK_KERNEL_UNFIT/);
  expect(() => multiply(pack(values, 40, 50), Int8Array.of(1) as unknown as Float32Array, 1, { activations: 'f32' })).toThrow(BitpackError);
});
