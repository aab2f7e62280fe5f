/** A rectangular part of a tensor, and its inverse, padding with zeros; each is the gradient of the other. */
import type { OpDefinition } from '../definition.ts';
import { checkShape, formatShape, gatherStrided, type Shape, shapeError, sizeOf, stridesOf, visitStrided } from '../shape.ts';
import type { Value } from '../types.ts';
import { createValue } from '../value.ts';

function offsetOf(position: readonly number[], strides: readonly number[]): number {
  return position.reduce((offset, at, axis) => offset + at * strides[axis]!, 0);
}

/** The `size` elements from `start` on, on every axis. */
export function slice(x: Value, start: readonly number[], size: Shape): Value<'slice'> {
  checkShape('slice', size);
  const inside = x.shape.every((length, axis) => Number.isInteger(start[axis]) && start[axis]! >= 0 && start[axis]! + size[axis]! <= length);
  if (start.length !== x.shape.length || size.length !== x.shape.length || !inside) {
    shapeError('slice', `got start ${formatShape(start)} and size ${formatShape(size)}, wanted a part of ${formatShape(x.shape)}`);
  }
  return createValue('slice', [x], { start: [...start], size: [...size] }, [...size]);
}

/** `x` with `before` and `after` zeros around it, on every axis. */
export function pad(x: Value, before: readonly number[], after: readonly number[]): Value<'pad'> {
  const counts = [...before, ...after];
  if (before.length !== x.shape.length || after.length !== x.shape.length || !counts.every((count) => Number.isInteger(count) && count >= 0)) {
    shapeError('pad', `got ${formatShape(before)} and ${formatShape(after)}, wanted a count of at least 0 for every axis of ${formatShape(x.shape)}`);
  }
  return createValue(
    'pad',
    [x],
    { before: [...before], after: [...after] },
    x.shape.map((length, axis) => before[axis]! + length + after[axis]!),
  );
}

export const sliceOp: OpDefinition<'slice'> = {
  gradient: (upstream, { inputs, attributes: { start, size } }) => [
    pad(
      upstream,
      start,
      inputs[0]!.shape.map((length, axis) => length - start[axis]! - size[axis]!),
    ),
  ],
  evaluate: ([x], { inputs, attributes: { start }, shape }) => {
    const strides = stridesOf(inputs[0]!.shape);
    return gatherStrided(x!, shape, strides, offsetOf(start, strides));
  },
};

export const padOp: OpDefinition<'pad'> = {
  gradient: (upstream, { inputs, attributes: { before } }) => [slice(upstream, before, inputs[0]!.shape)],
  evaluate: ([x], { inputs, attributes: { before }, shape }) => {
    const strides = stridesOf(shape);
    const result = new Float64Array(sizeOf(shape));
    visitStrided(inputs[0]!.shape, strides, offsetOf(before, strides), (linear, offset) => {
      result[offset] = x![linear]!;
    });
    return result;
  },
};
