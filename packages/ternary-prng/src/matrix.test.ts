import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { path as sobolPath } from './generators/low-discrepancy.ts';
import { mix, rowIndices, ternaryElement, type TernaryGenerator, ternaryMatrix, ternaryMatrixSpec, ternaryRow } from './index.ts';
import { planTernary } from './spec.ts';
import { specs } from './specs.fixture.ts';

const small = (generator: TernaryGenerator) => ternaryMatrixSpec({ seed: 42, path: ['layer', 3], rows: 4, columns: 16, density: 1 / 4, generator });
const picture = (matrix: Int8Array, columns: number): string[] =>
  Array.from({ length: matrix.length / columns }, (_, row) =>
    Array.from(matrix.subarray(row * columns, (row + 1) * columns), (entry) => '-.+'[entry + 1]).join(''),
  );

describe('golden matrices: these never change', () => {
  test('iid', () => {
    expect(picture(ternaryMatrix(small('iid')), 16)).toEqual(['...............-', '....-..+..-.+...', '.-.....+...+..+.', '.....+.+.+++..+-']);
  });

  test('balanced', () => {
    expect(picture(ternaryMatrix(small('balanced')), 16)).toEqual(['.+-..-.+........', '..+-...-...+....', '........-.-+...+', '-.......-.+...+.']);
  });

  test('low-discrepancy', () => {
    expect(picture(ternaryMatrix(small('low-discrepancy')), 16)).toEqual(['+.....-.-......+', '...+-......-.+..', '..-..+....+.-...', '.-.....+.+....-.']);
  });

  test.each([
    ['iid', 1739500003],
    ['balanced', 3643106638],
    ['low-discrepancy', 568700885],
  ] as const)('hash of a large matrix, %s', (generator, golden) => {
    const matrix = ternaryMatrix(ternaryMatrixSpec({ seed: -1e15, path: ['mix', 2], rows: 300, columns: 200, density: 1 / 3, generator }));
    expect(matrix.reduce((hash, entry) => mix(hash + entry + 2), 0)).toBe(golden);
  });

  test('order of the draws of a balanced row', () => {
    expect(planTernary(small('balanced')).key).toEqual([1894074918, 2290797715]);
    const { plus, minus } = rowIndices(ternaryMatrixSpec({ seed: 7, path: [], rows: 300, columns: 300, density: 1 / 32 }), 299);
    expect([[...plus], [...minus]]).toEqual([
      [107, 242, 296, 19, 111],
      [134, 65, 175, 209, 212],
    ]);
  });
});

test('row, entry, lists and matrix agree, in any order', () => {
  fc.assert(
    fc.property(specs(), fc.nat(), fc.nat(), (spec, anyRow, anyColumn) => {
      const [row, column] = [anyRow % spec.rows, anyColumn % spec.columns];
      const element = ternaryElement(spec, row, column);
      const { plus, minus } = rowIndices(spec, row);
      const entries = ternaryRow(spec, row);
      const columnsOf = (sign: number): Uint16Array => Uint16Array.from([...entries.keys()].filter((at) => entries[at] === sign));
      expect(entries[column]).toBe(element);
      expect(ternaryMatrix(spec).subarray(row * spec.columns, (row + 1) * spec.columns)).toEqual(entries);
      expect(plus.toSorted()).toEqual(columnsOf(1));
      expect(minus.toSorted()).toEqual(columnsOf(-1));
    }),
    { numRuns: 150 },
  );
});

test('rows and columns outside are refused', () => {
  for (const [row, column] of [
    [4, 0],
    [-1, 0],
    [0.5, 0],
    [0, 16],
    [0, Number.NaN],
  ]) {
    expect(() => ternaryElement(small('iid'), row, column)).toThrow(expect.objectContaining({ code: 'TERNARY_PRNG_INDEX' }));
  }
  expect(() => ternaryRow(small('iid'), 4)).toThrow(expect.objectContaining({ code: 'TERNARY_PRNG_INDEX' }));
});

test('balanced: every row has round(density * columns / 2) of both signs', () => {
  fc.assert(
    fc.property(specs(['balanced']), (spec) => {
      const wanted = Math.max(1, Math.min(Math.round((spec.density * spec.columns) / 2), spec.columns >> 1));
      for (let row = 0; row < spec.rows; row++) {
        const entries = ternaryRow(spec, row);
        for (const sign of [1, -1]) expect(Math.abs(entries.filter((entry) => entry === sign).length - wanted)).toBe(0);
      }
    }),
    { numRuns: 60 },
  );
});

describe('low-discrepancy', () => {
  test('rows found directly are those of walking along all paths', () => {
    fc.assert(
      fc.property(specs(['low-discrepancy']), (spec) => {
        const plan = planTernary(spec);
        const sums = new Int32Array(spec.rows * spec.columns);
        for (let index = 0; index < spec.rows * 2 * plan.pairs; index++) {
          const { row, column, sign } = sobolPath(plan, index);
          sums[row * spec.columns + column] += sign;
        }
        expect(Array.from(ternaryMatrix(spec))).toEqual(Array.from(sums, Math.sign));
      }),
      { numRuns: 60 },
    );
  });

  test('with power-of-two sides: no collisions, the same fan-in everywhere, the same fan-out everywhere, rows balanced', () => {
    const power = (maximum: number) => fc.integer({ min: 1, max: maximum }).map((exponent) => 2 ** exponent);
    fc.assert(
      fc.property(fc.maxSafeInteger(), power(6), power(7), power(7), (seed, rows, columns, part) => {
        const density = Math.max(2, columns / part) / columns;
        const matrix = ternaryMatrix(ternaryMatrixSpec({ seed, rows, columns, density, generator: 'low-discrepancy' }));
        const fanIn = density * columns;
        for (let row = 0; row < rows; row++) {
          const entries = matrix.subarray(row * columns, (row + 1) * columns);
          expect(entries.filter((entry) => entry !== 0)).toHaveLength(fanIn);
          expect(entries.reduce((sum, entry) => sum + entry, 0)).toBe(0);
        }
        if ((rows * fanIn) % columns !== 0) return;
        for (let column = 0; column < columns; column++)
          expect(matrix.filter((entry, at) => at % columns === column && entry !== 0)).toHaveLength((rows * fanIn) / columns);
      }),
      { numRuns: 60 },
    );
  });
});
