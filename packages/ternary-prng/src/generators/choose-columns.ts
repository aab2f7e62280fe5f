/** Of a row's candidates, those that are columns: the first `pairs` hold +1, the next `pairs` -1. */
import type { TernaryPlan } from '../spec.ts';
import type { RowIndices } from './index.ts';

/** @param candidates different numbers, at least `2 * pairs` of them below the number of columns */
export function chooseColumns({ columns, pairs }: TernaryPlan, candidates: Iterable<number>): RowIndices {
  const chosen = new Uint16Array(2 * pairs);
  let count = 0;
  for (const candidate of candidates) {
    if (candidate < columns) chosen[count++] = candidate;
    if (count === chosen.length) break;
  }
  return { plus: chosen.slice(0, pairs), minus: chosen.slice(pairs) };
}
