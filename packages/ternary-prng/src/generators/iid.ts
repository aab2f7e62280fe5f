/**
 * Independent entries, drawn 32 at a time, a bit of each in one word.
 *
 * Plane t of 32 columns from 32·c is word `t & 1` of `threefry(key, row, 16·c + (t >> 1))`; bit `column & 31` belongs to the entry. Planes 1 to
 * 31 are the digits of a 31-bit number u, highest first. The entry is 0 unless u < threshold (density · 2^31); else plane 0 is its sign: 1
 * is +1, 0 is -1. A plane leaves about half of the columns undecided, so few planes are ever needed: at density 1/8 three.
 */
import type { TernaryPlan } from '../spec.ts';
import { threefry } from '../threefry.ts';
import type { RowIndices } from './index.ts';

/** Columns that share a word. */
export const BLOCK_COLUMNS = 32;
/** Counters of a block: two planes each. */
export const BLOCK_COUNTERS = 16;
const DIGITS = 31;

/** Of the columns named by the bits of `wanted`, those that hold +1 and those that hold -1. */
function draw({ key, threshold }: TernaryPlan, row: number, block: number, wanted: number): { readonly plus: number; readonly minus: number } {
  const words = new Uint32Array(2);
  const first = block * BLOCK_COUNTERS;
  threefry(key, row, first, words);
  const sign = words[0];
  // A threshold of 2^31 is above every number; a smaller one has its digits compared until all that follow are 0.
  let [below, undecided] = threshold === 2 ** DIGITS ? [wanted, 0] : [0, wanted];
  let digits = threshold << 1;
  for (let plane = 1; undecided !== 0 && digits !== 0; plane++, digits <<= 1) {
    if ((plane & 1) === 0) threefry(key, row, first + (plane >> 1), words);
    const word = words[plane & 1];
    if (digits < 0) below |= undecided & ~word;
    undecided &= digits < 0 ? word : ~word;
  }
  return { plus: below & sign, minus: below & ~sign };
}

export function element(plan: TernaryPlan, row: number, column: number): -1 | 0 | 1 {
  const { plus, minus } = draw(plan, row, Math.floor(column / BLOCK_COLUMNS), 1 << (column % BLOCK_COLUMNS));
  return plus !== 0 ? 1 : minus !== 0 ? -1 : 0;
}

/** Columns ascend. */
export function indices(plan: TernaryPlan, row: number): RowIndices {
  const plus: number[] = [];
  const minus: number[] = [];
  for (let start = 0; start < plan.columns; start += BLOCK_COLUMNS) {
    const count = Math.min(BLOCK_COLUMNS, plan.columns - start);
    const masks = draw(plan, row, start / BLOCK_COLUMNS, -1 >>> (BLOCK_COLUMNS - count));
    for (let bit = 0; bit < count; bit++) {
      if (((masks.plus >>> bit) & 1) === 1) plus.push(start + bit);
      if (((masks.minus >>> bit) & 1) === 1) minus.push(start + bit);
    }
  }
  return { plus: Uint16Array.from(plus), minus: Uint16Array.from(minus) };
}
