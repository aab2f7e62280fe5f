/**
 * Random ternary matrices by row, by entry, as index lists and as a whole.
 * Invariant: all four agree, in any order of calls; nothing is remembered between them.
 */
import { TernaryPrngError } from './errors.ts';
import { GENERATORS, type RowIndices } from './generators/index.ts';
import { planTernary, type TernaryMatrixSpec, type TernaryPlan } from './spec.ts';

function checkIndex(name: string, index: number, length: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= length) throw new TernaryPrngError('TERNARY_PRNG_INDEX', `${name} ${index} of ${length}.`);
}

/** Writes one row into `to`, which is zero where it is written. */
function scatter({ plus, minus }: RowIndices, to: Int8Array): Int8Array {
  for (const column of plus) to[column] = 1;
  for (const column of minus) to[column] = -1;
  return to;
}

/** The lists of all rows in order, checked once. */
export function* everyRow(plan: TernaryPlan): Generator<RowIndices> {
  for (let row = 0; row < plan.rows; row++) yield GENERATORS[plan.generator].indices(plan, row);
}

/**
 * The columns of one row that hold +1 and those that hold -1, in the order in which sums are taken.
 * @throws TernaryPrngError TERNARY_PRNG_SPEC, TERNARY_PRNG_INDEX
 */
export function rowIndices(spec: TernaryMatrixSpec, row: number): RowIndices {
  const plan = planTernary(spec);
  checkIndex('row', row, plan.rows);
  return GENERATORS[plan.generator].indices(plan, row);
}

/**
 * One row, [columns], entries -1, 0, 1.
 * @throws TernaryPrngError TERNARY_PRNG_SPEC, TERNARY_PRNG_INDEX
 */
export function ternaryRow(spec: TernaryMatrixSpec, row: number): Int8Array<ArrayBuffer> {
  const to = new Int8Array(spec.columns);
  scatter(rowIndices(spec, row), to);
  return to;
}

/**
 * One entry. `iid` draws it alone, the other generators draw the non-zeros of its row.
 * @throws TernaryPrngError TERNARY_PRNG_SPEC, TERNARY_PRNG_INDEX
 */
export function ternaryElement(spec: TernaryMatrixSpec, row: number, column: number): -1 | 0 | 1 {
  const plan = planTernary(spec);
  checkIndex('row', row, plan.rows);
  checkIndex('column', column, plan.columns);
  const generator = GENERATORS[plan.generator];
  if (generator.element !== undefined) return generator.element(plan, row, column);
  const { plus, minus } = generator.indices(plan, row);
  return plus.includes(column) ? 1 : minus.includes(column) ? -1 : 0;
}

/**
 * The whole matrix, [rows][columns]: for packages that pack ternary weights, and for tests.
 * @throws TernaryPrngError TERNARY_PRNG_SPEC
 */
export function ternaryMatrix(spec: TernaryMatrixSpec): Int8Array<ArrayBuffer> {
  const plan = planTernary(spec);
  const matrix = new Int8Array(plan.rows * plan.columns);
  let start = 0;
  for (const row of everyRow(plan)) {
    scatter(row, matrix.subarray(start, start + plan.columns));
    start += plan.columns;
  }
  return matrix;
}
