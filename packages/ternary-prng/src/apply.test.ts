import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyTernary, applyTernaryTransposed, Random, rowIndices, ternaryMatrix, ternaryMatrixSpec } from './index.ts';
import { specs } from './specs.fixture.ts';

const FRAMES = 3;

describe('applyTernary', () => {
  test('int16 is the dense product modulo 2^16', () => {
    fc.assert(
      fc.property(specs(), fc.maxSafeInteger(), (spec, seed) => {
        const random = new Random(seed);
        const matrix = ternaryMatrix(spec);
        const x = Int16Array.from({ length: spec.columns * FRAMES }, () => random.next());
        const want = Int16Array.from({ length: spec.rows * FRAMES }, (_, at) => {
          const [row, frame] = [Math.floor(at / FRAMES), at % FRAMES];
          let sum = 0;
          for (let column = 0; column < spec.columns; column++) sum += matrix[row * spec.columns + column] * x[column * FRAMES + frame];
          return sum;
        });
        expect(applyTernary(spec, x, new Int16Array(want.length).fill(-21846))).toEqual(want);
      }),
      { numRuns: 100 },
    );
  });

  test('additions and subtractions only: one for each non-zero and frame', () => {
    fc.assert(
      fc.property(specs(), (spec) => {
        const counts = { add: 0, subtract: 0 };
        const x = Float32Array.from({ length: spec.columns * FRAMES }, (_, at) => at % 5);
        const counted = applyTernary(spec, x, new Float32Array(spec.rows * FRAMES), {
          add: (sum, value) => (counts.add++, sum + value),
          subtract: (sum, value) => (counts.subtract++, sum - value),
        });
        expect(counted).toEqual(applyTernary(spec, x, new Float32Array(spec.rows * FRAMES).fill(Number.NaN)));
        const matrix = ternaryMatrix(spec);
        expect(counts).toEqual({
          add: FRAMES * matrix.filter((entry) => entry === 1).length,
          subtract: FRAMES * matrix.filter((entry) => entry === -1).length,
        });
      }),
      { numRuns: 40 },
    );
  });

  test('f32 rounds after every step, in the order of the lists', () => {
    const spec = ternaryMatrixSpec({ seed: 1, rows: 1, columns: 8, density: 1 });
    const { plus, minus } = rowIndices(spec, 0);
    const x = new Float32Array(8);
    x[plus[0]] = 2 ** 24;
    x[plus[1]] = 1;
    x[minus[0]] = 2 ** 24;
    expect([...applyTernary(spec, x, Float32Array.of(9))]).toEqual([0]);
    [x[plus[0]], x[plus[1]]] = [1, 2 ** 24];
    x[plus[2]] = 1;
    expect([...applyTernary(spec, x, Float32Array.of(9))]).toEqual([0]);
    x[plus[2]] = 3;
    expect([...applyTernary(spec, x, Float32Array.of(9))]).toEqual([4]);
  });

  test('transposed: int16 is the product with the transposed matrix modulo 2^16; f32 is adjoint to it', () => {
    fc.assert(
      fc.property(specs(), fc.maxSafeInteger(), (spec, seed) => {
        const random = new Random(seed);
        const matrix = ternaryMatrix(spec);
        const y = Int16Array.from({ length: spec.rows * FRAMES }, () => random.next());
        const want = Int16Array.from({ length: spec.columns * FRAMES }, (_, at) => {
          const [column, frame] = [Math.floor(at / FRAMES), at % FRAMES];
          let sum = 0;
          for (let row = 0; row < spec.rows; row++) sum += matrix[row * spec.columns + column] * y[row * FRAMES + frame];
          return sum;
        });
        expect(applyTernaryTransposed(spec, new Int16Array(want.length).fill(-21846), y)).toEqual(want);
        // Small integers: every sum of floats is exact.
        const [x, gradient] = [spec.columns, spec.rows].map((channels) => Float32Array.from({ length: channels * FRAMES }, () => random.below(15) - 7));
        const product = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, at) => sum + value * b[at], 0);
        const forward = applyTernary(spec, x, new Float32Array(gradient.length));
        const backward = applyTernaryTransposed(spec, new Float32Array(x.length).fill(Number.NaN), gradient);
        expect(product(forward, gradient)).toBe(product(x, backward));
      }),
      { numRuns: 60 },
    );
  });

  test('arrays that do not fit are refused', () => {
    const spec = ternaryMatrixSpec({ seed: 1, rows: 2, columns: 8 });
    for (const [x, y] of [
      [new Float32Array(8), new Float32Array(3)],
      [new Float32Array(9), new Float32Array(2)],
      [new Float32Array(0), new Float32Array(0)],
      [new Float32Array(8), new Int16Array(2)],
      [new Int16Array(8), new Float32Array(2)],
      [new Int32Array(8), new Int32Array(2)],
    ] as [Float32Array, Float32Array][])
      for (const apply of [applyTernary, applyTernaryTransposed])
        expect(() => apply(spec, x, y)).toThrow(expect.objectContaining({ code: 'TERNARY_PRNG_FRAMES' }));
  });
});
