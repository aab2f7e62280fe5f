import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  applyTernary,
  applyTernaryTransposed,
  createTernaryLayer,
  Random,
  TERNARY_GENERATORS,
  type TernaryElement,
  type TernaryLayerOptions,
  type TernaryMethod,
  ternaryMatrixSpec,
} from './index.ts';
import { specs } from './specs.fixture.ts';

const methods = fc.constantFrom<TernaryMethod>('indices', 'tables');

test('a layer gives the bits of applyTernary, for any number of frames up to its own', () => {
  fc.assert(
    fc.property(
      specs(),
      fc.integer({ min: 1, max: 70 }),
      fc.nat(),
      fc.maxSafeInteger(),
      methods,
      fc.boolean(),
      (spec, capacity, any, seed, method, keepsLists) => {
        const frames = 1 + (any % capacity);
        const random = new Random(seed);
        const layer = createTernaryLayer(spec, { element: 'i16', frames: capacity, method, keepsLists });
        layer.output.fill(-21846);
        const x = Int16Array.from({ length: spec.columns * frames }, () => random.next());
        const y = layer.apply(x, new Int16Array(spec.rows * frames).fill(-21846));
        expect(y).toEqual(applyTernary(spec, x, new Int16Array(y.length)));
        expect(layer.output.every((value, at) => at % layer.stride < frames || value === -21846)).toBe(true);
        const back = applyTernaryTransposed(spec, new Int16Array(x.length), y);
        expect(layer.applyTransposed(x, y)).toEqual(back);
        const again = applyTernary(spec, back, new Int16Array(y.length));
        expect(layer.apply(back, y)).toEqual(again);
      },
    ),
    { numRuns: 80 },
  );
});

test('tables are taken for dense layers of integers, unless told otherwise', () => {
  const layer = (density: number, options: TernaryLayerOptions<TernaryElement>) =>
    createTernaryLayer(ternaryMatrixSpec({ seed: 1, rows: 256, columns: 256, density }), options);
  expect(layer(0.8, { element: 'i16', frames: 32 }).method).toBe('tables');
  expect(layer(0.8, { element: 'i16', frames: 32, method: 'indices' }).method).toBe('indices');
  expect(layer(1 / 8, { element: 'i16', frames: 32 }).method).toBe('indices');
  expect(layer(0.8, { element: 'f32', frames: 32 }).method).toBe('indices');
  for (const method of ['tables', 'other' as 'indices'] as const)
    expect(() => layer(0.8, { element: 'f32', frames: 32, method })).toThrow(expect.objectContaining({ code: 'TERNARY_PRNG_METHOD' }));
});

test('f32 in place: write to input, run, read from output', () => {
  const spec = ternaryMatrixSpec({ seed: 9, path: ['mix', 0], rows: 32, columns: 64 });
  const layer = createTernaryLayer(spec, { element: 'f32', frames: 96 });
  const random = new Random(1);
  const x = Float32Array.from({ length: 64 * 96 }, () => random.normal());
  for (let channel = 0; channel < 64; channel++) layer.input.set(x.subarray(channel * 96, (channel + 1) * 96), channel * layer.stride);
  layer.run();
  const want = applyTernary(spec, x, new Float32Array(32 * 96));
  for (let row = 0; row < 32; row++) expect(layer.output.slice(row * layer.stride, row * layer.stride + 96)).toEqual(want.slice(row * 96, (row + 1) * 96));
});

test('the bits stay when the engine has optimised a layer that is often run', () => {
  for (const generator of TERNARY_GENERATORS) {
    const spec = ternaryMatrixSpec({ seed: 4, rows: 32, columns: 64, generator });
    const layer = createTernaryLayer(spec, { element: 'f32', frames: 30 });
    const random = new Random(2);
    const x = Float32Array.from({ length: 64 * 30 }, () => random.normal());
    const y = applyTernary(spec, x, new Float32Array(32 * 30));
    const back = applyTernaryTransposed(spec, new Float32Array(x.length), y);
    for (let call = 0; call < 600; call++) {
      layer.run();
      layer.runTransposed();
    }
    expect(layer.apply(x, new Float32Array(y.length))).toEqual(y);
    expect(layer.applyTransposed(new Float32Array(x.length), y)).toEqual(back);
  }
});

test('frames and arrays that do not fit are refused', () => {
  const spec = ternaryMatrixSpec({ seed: 9, rows: 4, columns: 8 });
  const code = (name: string) => expect.objectContaining({ code: name });
  expect(() => createTernaryLayer(spec, { element: 'f32', frames: 0 })).toThrow(code('TERNARY_PRNG_FRAMES'));
  const layer = createTernaryLayer(spec, { element: 'f32', frames: 8 });
  for (const frames of [0, 9, 1.5]) expect(() => layer.run(frames)).toThrow(code('TERNARY_PRNG_FRAMES'));
  for (const frames of [9, 1.5, 0, 1000]) {
    for (const apply of [layer.apply, layer.applyTransposed])
      expect(() => apply(new Float32Array(8 * frames), new Float32Array(4 * frames))).toThrow(code('TERNARY_PRNG_FRAMES'));
  }
  expect(() => layer.apply(new Float32Array(9), new Float32Array(4))).toThrow(code('TERNARY_PRNG_FRAMES'));
  expect(() => layer.apply(new Int16Array(8) as unknown as Float32Array, new Float32Array(4))).toThrow(code('TERNARY_PRNG_FRAMES'));
});
