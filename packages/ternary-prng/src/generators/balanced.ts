/**
 * Balanced rows: `pairs` columns with +1, then `pairs` with -1, drawn without replacement.
 *
 * Candidates of a row: for i = 0, 1, … the fields of the first, then of the second word of `threefry(key, row, i)`, lowest bits first; a
 * field has 8 bits where columns fit into them, else 16, and is cut to the bits that the largest column needs. A candidate that is no
 * column, or that the row has already, is passed over. Every set of columns has the same chance, as in a partial Fisher-Yates shuffle,
 * but without a table to swap in.
 * Invariant: a row depends on the key and its own number only.
 */
import { columnMask, type TernaryPlan } from '../spec.ts';
import { threefry } from '../threefry.ts';
import { chooseColumns } from './choose-columns.ts';
import type { RowIndices } from './index.ts';

/** Bits of a field. */
export const fieldBits = (columns: number): 8 | 16 => (columns <= 256 ? 8 : 16);

function* candidates({ columns, key }: TernaryPlan, row: number): Generator<number> {
  const words = new Uint32Array(2);
  const taken = new Uint8Array(columns);
  const mask = columnMask(columns);
  for (let counter = 0; ; counter++) {
    threefry(key, row, counter, words);
    for (const word of words) {
      for (let shift = 0; shift < 32; shift += fieldBits(columns)) {
        const candidate = (word >>> shift) & mask;
        if (taken[candidate] !== 1) yield candidate;
        taken[candidate] = 1;
      }
    }
  }
}

/** Columns in the order of their draws. */
export const indices = (plan: TernaryPlan, row: number): RowIndices => chooseColumns(plan, candidates(plan, row));
