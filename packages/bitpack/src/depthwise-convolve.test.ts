import fc from 'fast-check';
import { expect, test } from 'vitest';
import { convolveDepthwise } from './depthwise-convolve.ts';
import { depthwise, windowFrames } from './kernels/depthwise.ts';
import { noise } from './kernels/noise.fixture.ts';
import { WEIGHT_TYPES, type WeightType } from './layout.ts';
import { pack } from './multiply.ts';

test('equals the reference on padded rows, for every type of weights and any geometry', () => {
  const geometries = fc.record({
    t: fc.integer({ min: 1, max: 40 }),
    taps: fc.integer({ min: 1, max: 9 }),
    dilation: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 3 }),
    left: fc.integer({ min: 0, max: 12 }),
    right: fc.integer({ min: 0, max: 12 }),
  });
  const types = fc.constantFrom<WeightType>('1', 'ternary', 'int4', 'int5', 'int8');
  const property = fc.property(types, fc.integer({ min: 1, max: 4 }), geometries, fc.nat(), (type, channels, { taps, ...geometry }, seed) => {
    const { t, dilation, stride, left, right } = geometry;
    const columns = left + t + right;
    const outputs = Math.floor((columns - windowFrames({ taps, dilation, stride }, 1)) / stride) + 1;
    fc.pre(outputs > 0);
    const random = noise(seed);
    const { minimum, maximum } = WEIGHT_TYPES[type];
    const weights = pack(
      Int8Array.from({ length: channels * taps }, () => random.integer(minimum, maximum)),
      channels,
      taps,
      { type },
    );
    const x = Int8Array.from({ length: channels * t }, () => random.extreme(-128, 127));
    const shape = { channels, taps, dilation, stride, t: outputs };
    const used = windowFrames(shape, outputs);
    const padded = Array.from({ length: channels * used }, (_, at) => {
      const frame = (at % used) - left;
      if (frame < 0 || frame >= t) return 0;
      const value = x[Math.floor(at / used) * t + frame]!;
      return type === '1' ? Math.sign(value + 0.5) : value;
    });
    const expected = depthwise({ weights: type, activations: type === '1' ? 'sign' : 'int8' }, weights.rows, padded, shape);
    const y = convolveDepthwise(weights, x, geometry);
    expect(y).toBeInstanceOf(type === '1' ? Int16Array : Int32Array);
    expect([...y]).toEqual([...expected]);
    // Once more from what was kept.
    expect(convolveDepthwise(weights, x, geometry)).toEqual(y);
  });
  fc.assert(property, { numRuns: 150, seed: 9 });
});

test('signs of floats, a moving sum', () => {
  const sums = pack(Float32Array.of(1, 1, 1), 1, 3);
  expect(convolveDepthwise(sums, Float32Array.of(0.5, -2, 3, 0), { t: 4, left: 1, right: 1 })).toEqual(Int16Array.of(0, 1, 1, 2));
});

test('types, lengths and geometries are checked', () => {
  const weights = pack(Int8Array.of(1, 2, 3), 1, 3, { type: 'int4' });
  const x = new Int8Array(4);
  expect(() => convolveDepthwise(weights, new Int16Array(4) as unknown as Int8Array, { t: 4 })).toThrow(/Int16Array.*BITPACK_TYPE/);
  expect(() => convolveDepthwise(weights, x, { t: 5 })).toThrow(/BITPACK_LENGTH/);
  expect(() => convolveDepthwise(weights, x, { t: 4, dilation: 2 })).toThrow(/4 frames.*3 taps 2 apart.*BITPACK_SHAPE/);
  expect(() => convolveDepthwise(weights, x, { t: 4, left: -1 })).toThrow(/left = -1.*BITPACK_SHAPE/);
  expect(() => convolveDepthwise(weights, x, { t: 4, stride: 0 })).toThrow(/stride = 0.*BITPACK_SHAPE/);
});
