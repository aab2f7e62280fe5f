/**
 * Balanced rows: `pairs` columns with +1, then `pairs` with -1, drawn without replacement.
 *
 * Candidates of a row: for i = 0, 1, … the low and the high half of the first, then of the second word of `threefry(key, row, i)`, cut to
 * the bits that the largest column needs. A candidate that is no column, or that the row has already, is passed over. Every set of
 * columns has the same chance, as in a partial Fisher-Yates shuffle, but without a table to swap in.
 * Invariant: a row depends on the key and its own number only.
 */
import type { TernaryPlan } from '../spec.ts';
import { threefry } from '../threefry.ts';
import type { RowIndices } from './index.ts';

/** All bits that the largest column needs. */
export const columnMask = (columns: number): number => (columns === 1 ? 0 : 2 ** (32 - Math.clz32(columns - 1)) - 1);

/** Columns in the order of their draws. */
export function indices(plan: TernaryPlan, row: number): RowIndices {
  const { columns, key, pairs } = plan;
  const words = new Uint32Array(2);
  const taken = new Uint8Array(columns);
  const drawn = new Uint16Array(2 * pairs);
  const mask = columnMask(columns);
  let count = 0;
  for (let counter = 0; count < drawn.length; counter++) {
    threefry(key, row, counter, words);
    for (let half = 0; half < 4 && count < drawn.length; half++) {
      const candidate = (words[half >> 1] >>> (16 * (half & 1))) & mask;
      if (candidate >= columns || taken[candidate] === 1) continue;
      taken[candidate] = 1;
      drawn[count++] = candidate;
    }
  }
  return { plus: drawn.slice(0, pairs), minus: drawn.slice(pairs) };
}
