/**
 * Independent entries. With r = word `column & 1` of `threefry(key, row, column >>> 1)`, the entry is 0 unless `r >>> 1` is below the
 * threshold (density * 2^31); else its sign is the lowest bit of r: 1 is +1, 0 is -1.
 */
import type { TernaryPlan } from '../spec.ts';
import { threefry } from '../threefry.ts';
import type { RowIndices } from './index.ts';

const entry = (plan: TernaryPlan, draw: number): -1 | 0 | 1 => (draw >>> 1 >= plan.threshold ? 0 : (draw & 1) === 1 ? 1 : -1);

export function element(plan: TernaryPlan, row: number, column: number): -1 | 0 | 1 {
  const words = new Uint32Array(2);
  threefry(plan.key, row, column >>> 1, words);
  return entry(plan, words[column & 1]);
}

/** Columns ascend. */
export function indices(plan: TernaryPlan, row: number): RowIndices {
  const words = new Uint32Array(2);
  const plus: number[] = [];
  const minus: number[] = [];
  for (let column = 0; column < plan.columns; column++) {
    if ((column & 1) === 0) threefry(plan.key, row, column >>> 1, words);
    const value = entry(plan, words[column & 1]);
    if (value !== 0) (value === 1 ? plus : minus).push(column);
  }
  return { plus: Uint16Array.from(plus), minus: Uint16Array.from(minus) };
}
