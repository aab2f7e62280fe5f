/** What a random matrix promises: density, balance, columns alike, rows, layers and seeds independent. Seeds are fixed: a result never changes. */
import { describe, expect, test } from 'vitest';
import { type TernaryGenerator, ternaryMatrix, ternaryMatrixSpec } from './index.ts';

const ROWS = 512;

const draw = (generator: TernaryGenerator, columns: number, density: number, seed = 1, path: (number | string)[] = []): Int8Array =>
  ternaryMatrix(ternaryMatrixSpec({ seed, path, rows: ROWS, columns, density, generator }));

/** Distance of a chi-square sum from its mean, in its standard deviations: 0 ± 1, and beyond 5 for about one in a million. */
const chiSquare = (counts: Iterable<number>, expected: number, variance: number, freedom?: number): number => {
  let sum = 0;
  let cells = 0;
  for (const count of counts) {
    sum += (count - expected) ** 2 / variance;
    cells++;
  }
  const degrees = freedom ?? cells;
  return (sum - degrees) / Math.sqrt(2 * degrees);
};

const SHAPES = [
  [256, 1 / 8],
  [64, 1 / 3],
  [300, 1 / 16],
  [100, 1 / 2],
] as const;

describe.each(SHAPES)('%d columns, density %d', (columns, density) => {
  const balancedDensity = (2 * Math.round((density * columns) / 2)) / columns;

  test('iid: density and signs', () => {
    for (let seed = 0; seed < 4; seed++) {
      const matrix = draw('iid', columns, density, seed);
      const nonZeros = matrix.filter((entry) => entry !== 0).length;
      const plus = matrix.filter((entry) => entry === 1).length;
      expect(Math.abs(nonZeros - density * matrix.length)).toBeLessThan(4.5 * Math.sqrt(density * (1 - density) * matrix.length));
      expect(Math.abs(plus - nonZeros / 2)).toBeLessThan((4.5 * Math.sqrt(nonZeros)) / 2);
    }
  });

  test.each(['iid', 'balanced'] as const)('%s: columns have the same chance of a non-zero and of either sign', (generator) => {
    const share = generator === 'iid' ? density : balancedDensity;
    const counts = new Float64Array(columns);
    const sums = new Float64Array(columns);
    draw(generator, columns, density).forEach((entry, at) => {
      counts[at % columns] += Math.abs(entry);
      sums[at % columns] += entry;
    });
    // Rows with a fixed number of non-zeros tie the columns together: one degree of freedom less, and a little more in each of the others.
    const fixed = generator === 'balanced';
    const inflation = fixed ? columns / (columns - 1) : 1;
    expect(Math.abs(chiSquare(counts, ROWS * share, ROWS * share * (1 - share) * inflation, columns - Number(fixed)))).toBeLessThan(4.5);
    expect(Math.abs(chiSquare(sums, 0, ROWS * share * inflation, columns - Number(fixed)))).toBeLessThan(4.5);
  });

  test.each(['iid', 'balanced'] as const)('%s: neighbouring columns, and columns half of the matrix apart, meet as often as chance has it', (generator) => {
    const matrix = draw(generator, columns, density);
    const fanIn = balancedDensity * columns;
    const both = generator === 'iid' ? density ** 2 : (balancedDensity * (fanIn - 1)) / (columns - 1);
    for (const apart of [1, 2, columns >> 1]) {
      let met = 0;
      let products = 0;
      matrix.forEach((entry, at) => {
        const column = at % columns;
        const product = column + apart < columns ? entry * matrix[at + apart] : 0;
        met += Math.abs(product);
        products += product;
      });
      const pairs = ROWS * (columns - apart);
      expect(Math.abs(met - pairs * both)).toBeLessThan(4.5 * Math.sqrt(pairs * both));
      // Of the signs of a balanced row one half is +, so two of its non-zeros differ a little more often than they agree.
      const agreement = generator === 'iid' ? 0 : (-pairs * both) / (fanIn - 1);
      expect(Math.abs(products - agreement)).toBeLessThan(4.5 * Math.sqrt(pairs * both));
    }
  });

  test.each(['iid', 'balanced'] as const)('%s: rows, layers and seeds share non-zeros and signs as chance has it', (generator) => {
    const share = generator === 'iid' ? density : balancedDensity;
    const matrix = draw(generator, columns, density, 1, [0]);
    const others: [string, Int8Array][] = [
      ['next row', Int8Array.from(matrix, (_, at) => matrix[(at + columns) % matrix.length])],
      ['row 256 further', Int8Array.from(matrix, (_, at) => matrix[(at + 256 * columns) % matrix.length])],
      ['next seed', draw(generator, columns, density, 2, [0])],
      ['seed with another high word', draw(generator, columns, density, 1 + 2 ** 32, [0])],
      ['next layer', draw(generator, columns, density, 1, [1])],
    ];
    for (const [name, other] of others) {
      const overlaps = new Float64Array(ROWS);
      let agreement = 0;
      matrix.forEach((entry, at) => {
        overlaps[Math.floor(at / columns)] += Math.abs(entry * other[at]);
        agreement += entry * other[at];
      });
      const mean = columns * share ** 2;
      // Binomial, or hypergeometric where both rows have a fixed number of non-zeros.
      const variance = generator === 'iid' ? mean * (1 - share ** 2) : (mean * (1 - share) ** 2 * columns) / (columns - 1);
      const total = overlaps.reduce((sum, overlap) => sum + overlap, 0);
      expect({ name, strayed: Math.abs(total - ROWS * mean) > 4.5 * Math.sqrt(ROWS * variance) }).toEqual({ name, strayed: false });
      expect({ name, strayed: Math.abs(chiSquare(overlaps, mean, variance)) > 4.5 }).toEqual({ name, strayed: false });
      expect({ name, strayed: Math.abs(agreement) > 4.5 * Math.sqrt(total) }).toEqual({ name, strayed: false });
    }
  });
});

describe('low-discrepancy', () => {
  test.each(SHAPES)('%d columns, density %d: columns are far more even than chance has it, also where sides are no powers of two', (columns, density) => {
    for (let seed = 0; seed < 4; seed++) {
      const matrix = ternaryMatrix(ternaryMatrixSpec({ seed, rows: 500, columns, density, generator: 'low-discrepancy' }));
      for (const sign of [1, -1]) {
        const counts = new Float64Array(columns);
        matrix.forEach((entry, at) => (counts[at % columns] += Number(entry === sign)));
        const mean = counts.reduce((sum, count) => sum + count, 0) / columns;
        const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / columns;
        expect(variance).toBeLessThan(0.5 * mean * (1 - density / 2));
      }
    }
  });

  test.each(SHAPES)('%d columns, density %d: rows differ, and share columns as often as chance has it', (columns, density) => {
    const matrix = draw('low-discrepancy', columns, density);
    const rows = Array.from({ length: ROWS }, (_, row) => matrix.subarray(row * columns, (row + 1) * columns));
    expect(new Set(rows.map(String)).size).toBe(ROWS);
    const fanIn = 2 * Math.round((density * columns) / 2);
    const shared = rows.flatMap((one, at) => rows.slice(0, at).map((other) => one.reduce((sum, entry, column) => sum + Math.abs(entry * other[column]), 0)));
    const mean = shared.reduce((sum, overlap) => sum + overlap, 0) / shared.length;
    expect(Math.abs(mean / (fanIn ** 2 / columns) - 1)).toBeLessThan(0.05);
  });

  test('seeds give different matrices, that share non-zeros about as chance has it', () => {
    const matrices = Array.from({ length: 12 }, (_, seed) => draw('low-discrepancy', 256, 1 / 8, seed));
    const shared: number[] = [];
    matrices.forEach((one, at) => {
      for (const other of matrices.slice(0, at)) shared.push(one.reduce((sum, entry, place) => sum + Math.abs(entry * other[place]), 0));
    });
    const mean = ROWS * 256 * (1 / 8) ** 2;
    expect(Math.max(...shared.map((overlap) => Math.abs(overlap / mean - 1)))).toBeLessThan(0.25);
  });
});
