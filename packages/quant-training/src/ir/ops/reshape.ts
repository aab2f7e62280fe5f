/** The same elements, in the same order, under another shape. */
import type { OpDefinition } from '../definition.ts';
import { checkShape, formatShape, type Shape, shapeError, sizeOf } from '../shape.ts';
import type { Value } from '../types.ts';
import { createValue } from '../value.ts';

/** `x` under `shape`, which has as many elements. */
export function reshape(x: Value, shape: Shape): Value<'reshape'> {
  checkShape('reshape', shape);
  if (sizeOf(shape) !== sizeOf(x.shape)) shapeError('reshape', `got ${formatShape(x.shape)}, wanted as many elements as ${formatShape(shape)} has`);
  return createValue('reshape', [x], { shape: [...shape] }, [...shape]);
}

export const reshapeOp: OpDefinition<'reshape'> = {
  gradient: (upstream, { inputs }) => [reshape(upstream, inputs[0]!.shape)],
  evaluate: ([x]) => x!.slice(),
};
