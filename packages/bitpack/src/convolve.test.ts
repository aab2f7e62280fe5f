import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type ActivationType,
  convolve,
  type Conv2dGeometry,
  conv2d,
  conv2dFloat,
  pack,
  type PackedWeights,
  signBits,
  WEIGHT_TYPES,
  type WeightType,
} from './index.ts';

const PAIRS: readonly (readonly [WeightType, ActivationType])[] = [
  ['1', '1'],
  ['ternary', '1'],
  ...(Object.keys(WEIGHT_TYPES) as WeightType[]).map((type) => [type, 'int8'] as const),
];

test.each(PAIRS)('%s × %s: two calls equal the reference, one set of weights for planes of any size', (type, activations) => {
  const extent = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });
  const shape = fc.record({ outputs: extent(20), channels: extent(12), sizes: fc.array(fc.tuple(extent(9), extent(40)), { minLength: 1, maxLength: 6 }) });
  const property = fc.property(shape, fc.infiniteStream(fc.integer({ min: -128, max: 127 })), ({ outputs, channels, sizes }, bytes) => {
    const take = (count: number): Int8Array => Int8Array.from({ length: count }, () => bytes.next().value as number);
    const { minimum, maximum } = WEIGHT_TYPES[type];
    const values = take(outputs * channels * 9).map((byte) => minimum + ((byte + 128) % (maximum - minimum + 1)));
    const weights: PackedWeights = pack(values, outputs, channels * 9, { type });
    for (const [height, width] of sizes) {
      const margins = { top: 1, bottom: 1, left: 1, right: 1 };
      const x = take(channels * height * width);
      const geometry: Conv2dGeometry = { height, width, taps: [3, 3], padding: { rule: 'zero', ...margins } };
      const whole = { outputs, channels, height, width, taps: [3, 3], stride: [1, 1], dilation: [1, 1], rule: 'zero', margins } as const;
      const expected = conv2d({ weights: type, activations }, weights.rows, activations === '1' ? signBits(x) : x, whole);
      const y = convolve(weights, x, geometry, { activations });
      expect(y).toBeInstanceOf(activations === '1' ? Int16Array : Int32Array);
      expect(Array.from(y)).toEqual(Array.from(expected));
      expect(convolve(weights, x, geometry, { activations })).toEqual(y);
    }
  });
  fc.assert(property, { numRuns: 6, seed: 4 });
});

test('signals: signs of floats by signs, padding that counts as −1 or as 0', () => {
  const weights = pack(Float32Array.of(1, 1, -1), 1, 3);
  const x = Float32Array.of(0.5, -2, 3, -0);
  const signs = (rule: 'zero' | 'minus-one'): Int16Array => convolve(weights, x, { t: 4, taps: 3, padding: { rule, left: 1, right: 1 } });
  expect(Array.from(convolve(weights, x, { t: 4, taps: 3 }))).toEqual([-1, -1]);
  expect(Array.from(signs('zero'))).toEqual([2, -1, -1, 2]);
  expect(Array.from(signs('minus-one'))).toEqual([1, -1, -1, 3]);
  expect(Array.from(convolve(weights, x, { t: 4, taps: 3, stride: 2, padding: { rule: 'zero', left: 1 } }))).toEqual([2, -1]);
});

test('floats are kept: sums in the order of the reference', () => {
  const weights = pack(Int8Array.of(1, 0, -1, 1, 1, -1), 1, 6, { type: 'ternary' });
  const x = Float32Array.of(0.1, 0.2, 0.3, 1e8, 0.5, 0.7, -0.9, 1.1);
  const y: Float32Array = convolve(weights, x, { t: 4, taps: 3, padding: { rule: 'zero', left: 1, right: 1 } }, { activations: 'f32' });
  const one = [1, 1] as const;
  const margins = { top: 0, bottom: 0, left: 1, right: 1 };
  const shape = { outputs: 1, channels: 2, height: 1, width: 4, taps: [1, 3], stride: one, dilation: one, rule: 'zero', margins } as const;
  expect(y).toEqual(conv2dFloat('ternary', weights.rows, x, shape));
  expect(y[0]).toBeCloseTo(-0.2 + 0.5 - 0.7, 6);
});

test('what does not fit together is refused', () => {
  const weights = pack(new Int8Array(18), 2, 9, { type: 'int4' });
  const x = new Int8Array(20);
  expect(() => convolve(weights, x, { t: 20, taps: 2 })).toThrow(/9 weights for 2 taps.*BITPACK_SHAPE/);
  expect(() => convolve(weights, x, { t: 10, taps: 3 })).toThrow(/20 elements of activations, wanted 30.*BITPACK_LENGTH/);
  expect(() => convolve(weights, x, { t: 20, taps: 9 }, { activations: '1' })).toThrow(/int4 × 1.*BITPACK_KERNEL_UNFIT/);
  // @ts-expect-error activations that are not bytes are no `int8`
  expect(() => convolve(weights, new Float32Array(20), { t: 20, taps: 9 })).toThrow(/Float32Array.*BITPACK_TYPE/);
});
