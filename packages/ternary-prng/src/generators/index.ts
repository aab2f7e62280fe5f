/** The generators as a table over the closed union of their names. */
import type { TernaryGenerator, TernaryPlan } from '../spec.ts';
import * as balanced from './balanced.ts';
import * as iid from './iid.ts';
import * as lowDiscrepancy from './low-discrepancy.ts';

/** The columns of one row that hold +1, and those that hold -1. Their order is part of the definition: sums of floats follow it. */
export interface RowIndices {
  readonly plus: Uint16Array;
  readonly minus: Uint16Array;
}

interface Generator {
  indices(plan: TernaryPlan, row: number): RowIndices;
  /** One entry, where there is a way shorter than the whole row. */
  element?(plan: TernaryPlan, row: number, column: number): -1 | 0 | 1;
}

export const GENERATORS: Readonly<Record<TernaryGenerator, Generator>> = {
  iid: { indices: iid.indices, element: iid.element },
  balanced: { indices: balanced.indices },
  'low-discrepancy': { indices: lowDiscrepancy.indices },
};
