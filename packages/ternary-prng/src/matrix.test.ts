import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { rowIndices, ternaryElement, type TernaryGenerator, ternaryMatrix, ternaryMatrixSpec, ternaryRow } from './index.ts';
import { specs } from './specs.fixture.ts';

const small = (generator: TernaryGenerator) => ternaryMatrixSpec({ seed: 42, path: ['layer', 3], rows: 4, columns: 16, density: 1 / 4, generator });
const picture = (matrix: Int8Array, columns: number): string[] =>
  Array.from({ length: matrix.length / columns }, (_, row) =>
    Array.from(matrix.subarray(row * columns, (row + 1) * columns), (entry) => '-.+'[entry + 1]).join(''),
  );

describe('small matrices; the golden file has larger ones', () => {
  test('iid', () => {
    expect(picture(ternaryMatrix(small('iid')), 16)).toEqual(['...-.......++..+', '...-....-..+.-..', '..+.+...+...+.+.', '.+-++++-.....+..']);
  });

  test('balanced', () => {
    expect(picture(ternaryMatrix(small('balanced')), 16)).toEqual(['.+.-...-.....+..', '-.+.....+..-....', '.+........--...+', '-+........+...-.']);
  });

  test('low-discrepancy', () => {
    expect(picture(ternaryMatrix(small('low-discrepancy')), 16)).toEqual(['.....-....++-...', '-........-....++', '.-....++-.......', '..++-........-..']);
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

test.each(['balanced', 'low-discrepancy'] as const)('%s: every row has round(density * columns / 2) of both signs', (generator) => {
  fc.assert(
    fc.property(specs([generator]), (spec) => {
      const wanted = Math.max(1, Math.min(Math.round((spec.density * spec.columns) / 2), spec.columns >> 1));
      for (let row = 0; row < spec.rows; row++) {
        const entries = ternaryRow(spec, row);
        for (const sign of [1, -1]) expect(entries.filter((entry) => entry === sign)).toHaveLength(wanted);
      }
    }),
    { numRuns: 60 },
  );
});

test('low-discrepancy with power-of-two sides: columns have the same number of +1, and of -1', () => {
  const power = (maximum: number) => fc.integer({ min: 1, max: maximum }).map((exponent) => 2 ** exponent);
  fc.assert(
    fc.property(fc.maxSafeInteger(), power(6), power(7), power(6), (seed, rows, columns, pairs) => {
      fc.pre(2 * pairs <= columns && (rows * pairs) % columns === 0);
      const matrix = ternaryMatrix(ternaryMatrixSpec({ seed, rows, columns, density: (2 * pairs) / columns, generator: 'low-discrepancy' }));
      const counts = { '1': new Uint32Array(columns), '-1': new Uint32Array(columns) };
      matrix.forEach((entry, at) => entry !== 0 && counts[entry === 1 ? '1' : '-1'][at % columns]++);
      for (const count of Object.values(counts)) expect(new Set(count)).toEqual(new Set([(rows * pairs) / columns]));
    }),
    { numRuns: 60 },
  );
});
