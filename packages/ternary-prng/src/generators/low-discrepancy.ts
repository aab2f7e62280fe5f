/**
 * Paths of a Sobol' sequence (Keller, Van keirsbilck, "Artificial neural networks generated
 * by low discrepancy sequences", arXiv 2103.03543).
 *
 * Path i, 0 <= i < rows * 2 * pairs, joins row floor(rows * y_i) and column floor(columns * x_i); coordinates have 16 bits:
 * - y_i: the first dimension, i with its 32 bits reversed, scrambled by key word 0;
 * - x_i: the second dimension, Pascal's triangle modulo 2 times the bits of i, scrambled by key word 1;
 * both in nested uniform scrambling (Laine, Karras 2011 in the form of Burley, "Practical hash-based Owen scrambling", JCGT 2020, with
 * Vegdahl's constants), of which the upper 16 of 32 bits count.
 * Its sign is + where bit `b` of i is 0, 2^b the least power of two >= rows. (The parity of i would be the leading bit of the first
 * dimension, and so give half of the rows one sign.) Paths that meet add up, the sum is cut to -1..1.
 *
 * Invariant: with power-of-two sides, each aligned block of `rows` paths visits every row once, one of `columns` paths every column once,
 * and the first rows * columns paths every entry once.
 */
import type { TernaryPlan } from '../spec.ts';
import type { RowIndices } from './index.ts';

function reverse(value: number): number {
  let bits = value;
  bits = ((bits >>> 1) & 0x55555555) | ((bits & 0x55555555) << 1);
  bits = ((bits >>> 2) & 0x33333333) | ((bits & 0x33333333) << 2);
  bits = ((bits >>> 4) & 0x0f0f0f0f) | ((bits & 0x0f0f0f0f) << 4);
  bits = ((bits >>> 8) & 0x00ff00ff) | ((bits & 0x00ff00ff) << 8);
  return ((bits >>> 16) | (bits << 16)) >>> 0;
}

/** Second dimension of the Sobol' sequence, 32 bits. */
function sobol(index: number): number {
  let coordinate = 0;
  for (let bits = index, direction = 0x8000_0000; bits !== 0; bits >>>= 1, direction ^= direction >>> 1) if ((bits & 1) === 1) coordinate ^= direction;
  return coordinate >>> 0;
}

/**
 * Nested uniform scrambling on reversed bits: a bit is flipped or not depending on the ones below it alone.
 * Every step carries upwards only: odd multiples, sums, and exclusive ors with even multiples.
 */
function scramble(reversed: number, seed: number): number {
  let bits = reversed;
  bits ^= Math.imul(bits, 0x3d20adea);
  bits = (bits + seed) | 0;
  bits = Math.imul(bits, (seed >>> 16) | 1);
  bits ^= Math.imul(bits, 0x05526c56);
  return (bits ^ Math.imul(bits, 0x53a22864)) >>> 0;
}

/** The low `count` bits that {@link scramble} turns into the low `count` bits of `target`; found from the lowest up. */
function unscramble(target: number, seed: number, count: number): number {
  let bits = 0;
  for (let bit = 0; bit < count; bit++) bits |= (scramble(bits, seed) ^ target) & (1 << bit);
  return bits;
}

/** Row, column and sign of one path. */
export function path(plan: TernaryPlan, index: number): { readonly row: number; readonly column: number; readonly sign: -1 | 1 } {
  const y = reverse(scramble(index, plan.key[0])) >>> 16;
  const x = reverse(scramble(reverse(sobol(index)), plan.key[1])) >>> 16;
  const sign = ((index >>> blockBits(plan.rows)) & 1) === 0 ? 1 : -1;
  return { row: Math.imul(plan.rows, y) >>> 16, column: Math.imul(plan.columns, x) >>> 16, sign };
}

/** Bits of the least power of two that is not below the number of rows. */
const blockBits = (rows: number): number => (rows === 1 ? 0 : 32 - Math.clz32(rows - 1));

/** Columns ascend. The paths of a row are found without walking along the others: the leading bits of y come from the low bits of i. */
export function indices(plan: TernaryPlan, row: number): RowIndices {
  const { rows, columns, key } = plan;
  const bits = blockBits(rows);
  const count = rows * 2 * plan.pairs;
  const sums = new Int32Array(columns);
  // The leading bits of y name a cell of width 2^-bits; a row is at least as wide and lies in the cells `first` to `last`.
  const first = Math.floor((row * 2 ** bits) / rows);
  const last = Math.min(2 ** bits - 1, Math.floor(((row + 1) * 2 ** bits) / rows));
  for (let cell = first; cell <= last; cell++) {
    const low = bits === 0 ? 0 : unscramble(reverse(cell << (32 - bits)), key[0], bits);
    for (let index = low; index < count; index += 2 ** bits) {
      const found = path(plan, index);
      if (found.row === row) sums[found.column] += found.sign;
    }
  }
  const plus: number[] = [];
  const minus: number[] = [];
  sums.forEach((sum, column) => sum !== 0 && (sum > 0 ? plus : minus).push(column));
  return { plus: Uint16Array.from(plus), minus: Uint16Array.from(minus) };
}
