/** Sum over axes, which stay with size 1, and repetition up to a shape (numpy's rules): each is the gradient of the other. */
import type { OpDefinition } from '../definition.ts';
import {
  broadcastShapes,
  broadcastStrides,
  checkAxes,
  checkShape,
  formatShape,
  gatherStrided,
  sameShape,
  type Shape,
  shapeError,
  sizeOf,
  visitStrided,
} from '../shape.ts';
import type { Value } from '../types.ts';
import { createValue, type Operand } from '../value.ts';
import { toValue } from './leaf.ts';
import { reshape } from './reshape.ts';

/** The shape after reducing `axes`, which stay with size 1. */
export function reducedShape(op: string, shape: Shape, axes: readonly number[]): Shape {
  checkAxes(op, axes, shape.length);
  return shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
}

/** Sums over `axes` (every axis unless told); the result keeps them with size 1. */
export function sum(x: Value, axes: readonly number[] = x.shape.map((_, axis) => axis)): Value<'sum'> {
  return createValue('sum', [x], { axes: [...axes].sort((a, b) => a - b) }, reducedShape('sum', x.shape, axes));
}

/** Sums `x` down to `shape`, which broadcasts to the shape of `x`: the gradient of that broadcast. */
export function sumTo(x: Value, shape: Shape): Value {
  if (sameShape(x.shape, shape)) return x;
  const missing = x.shape.length - shape.length;
  if (missing < 0) shapeError('sum', `got shape ${formatShape(x.shape)}, wanted one that ${formatShape(shape)} broadcasts to`);
  const axes = x.shape.flatMap((size, axis) => (axis < missing || (shape[axis - missing] === 1 && size !== 1) ? [axis] : []));
  const reduced = axes.length === 0 ? x : sum(x, axes);
  return sameShape(reduced.shape, shape) ? reduced : reshape(reduced, shape);
}

/** `x` repeated up to `shape`; a number fills it. */
export function broadcast(x: Operand, shape: Shape): Value {
  const value = toValue(x);
  checkShape('broadcast', shape);
  if (!sameShape(broadcastShapes('broadcast', [value.shape, shape]), shape)) {
    shapeError('broadcast', `got shape ${formatShape(value.shape)}, which does not broadcast to ${formatShape(shape)}`);
  }
  return sameShape(value.shape, shape) ? value : createValue('broadcast', [value], { shape: [...shape] }, [...shape]);
}

export const sumOp: OpDefinition<'sum'> = {
  gradient: (upstream, { inputs }) => [broadcast(upstream, inputs[0]!.shape)],
  evaluate: ([x], { inputs, shape }) => {
    const result = new Float64Array(sizeOf(shape));
    visitStrided(inputs[0]!.shape, broadcastStrides(shape, inputs[0]!.shape), 0, (linear, offset) => {
      result[offset]! += x![linear]!;
    });
    return result;
  },
};

export const broadcastOp: OpDefinition<'broadcast'> = {
  gradient: (upstream, { inputs }) => [sumTo(upstream, inputs[0]!.shape)],
  evaluate: ([x], { inputs, shape }) => gatherStrided(x!, shape, broadcastStrides(inputs[0]!.shape, shape)),
};
