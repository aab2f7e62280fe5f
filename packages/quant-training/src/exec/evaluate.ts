/** Evaluation of values in float64 by the reference of every operation: the oracle for gradient checks and golden values. */
import { TrainingError } from '../errors.ts';
import { definitionOf } from '../ir/ops/index.ts';
import { formatShape, sizeOf } from '../ir/shape.ts';
import type { Value } from '../ir/types.ts';
import { topologicalOrder } from '../ir/value.ts';

/** Data of leaves. */
export type Feeds = ReadonlyMap<Value, Float64Array>;

/** The data of every value in `order`, which has to be topological; `feeds` gives the leaves. */
export function evaluateOrdered(order: readonly Value[], feeds: Feeds): Map<Value, Float64Array> {
  const data = new Map<Value, Float64Array>();
  for (const value of order) {
    const fed = feeds.get(value);
    if (fed !== undefined && fed.length !== sizeOf(value.shape)) {
      throw new TrainingError('TRAIN_DATA', `got ${fed.length} numbers for a value of shape ${formatShape(value.shape)}`);
    }
    data.set(
      value,
      fed ??
        definitionOf(value.op).evaluate(
          value.inputs.map((operand) => data.get(operand)!),
          value,
        ),
    );
  }
  return data;
}

/** The data of `roots` in float64, row-major. Fed values are not computed, so an inner value may be fed too. */
export function evaluate(roots: readonly Value[], feeds: Feeds): Float64Array[] {
  const data = evaluateOrdered(topologicalOrder(roots), feeds);
  return roots.map((root) => data.get(root)!);
}
