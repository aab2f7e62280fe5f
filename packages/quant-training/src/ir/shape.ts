/**
 * Shapes: sizes, row-major strides, numpy broadcasting, and the walk over a strided view that the reference evaluations share.
 */
import { TrainingError } from '../errors.ts';
import { activeLabel } from './value.ts';

/** A row-major shape; `[]` is a scalar. */
export type Shape = readonly number[];

/** Number of elements. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Whether two shapes are identical. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** For messages. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** Throws `TRAIN_SHAPE`, naming the operation and the network node under construction. */
export function shapeError(op: string, detail: string): never {
  const label = activeLabel();
  throw new TrainingError('TRAIN_SHAPE', label === '' ? `${op}: ${detail}` : `${op} at "${label}": ${detail}`);
}

/** Throws `TRAIN_SHAPE` unless every size is a positive integer. */
export function checkShape(op: string, shape: Shape): void {
  if (!shape.every((size) => Number.isSafeInteger(size) && size > 0)) shapeError(op, `got shape ${formatShape(shape)}, wanted positive integers`);
}

/** Throws `TRAIN_SHAPE` unless the axes are distinct and exist. */
export function checkAxes(op: string, axes: readonly number[], rank: number): void {
  const known = axes.every((axis) => Number.isInteger(axis) && axis >= 0 && axis < rank);
  if (!known || new Set(axes).size !== axes.length) shapeError(op, `got axes ${formatShape(axes)}, wanted distinct axes from 0 to ${rank - 1}`);
}

/** Elements to skip for one step along each axis. */
export function stridesOf(shape: Shape): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** The common shape of operands under numpy's rules: aligned at the last axis, sizes equal or 1. */
export function broadcastShapes(op: string, shapes: readonly Shape[]): Shape {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    const size = sizes.find((candidate) => candidate !== 1) ?? 1;
    if (!sizes.every((candidate) => candidate === 1 || candidate === size)) {
      shapeError(op, `got shapes ${shapes.map(formatShape).join(' and ')}, wanted equal sizes or 1 on every axis counted from the last`);
    }
    return size;
  });
}

/** Strides that read `shape` as if it had been broadcast to `target`: 0 along every axis that is repeated. */
export function broadcastStrides(shape: Shape, target: Shape): number[] {
  const strides = stridesOf(shape);
  const missing = target.length - shape.length;
  return target.map((_, axis) => (axis < missing || shape[axis - missing] === 1 ? 0 : strides[axis - missing]!));
}

/** Calls `visit(linear, offset)` for every element of `shape` in row-major order, `offset` advancing by `strides`. */
export function visitStrided(shape: Shape, strides: readonly number[], start: number, visit: (linear: number, offset: number) => void): void {
  const size = sizeOf(shape);
  const position = shape.map(() => 0);
  let offset = start;
  for (let linear = 0; linear < size; linear++) {
    visit(linear, offset);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position[axis]!++;
      offset += strides[axis]!;
      if (position[axis]! < shape[axis]!) break;
      offset -= strides[axis]! * shape[axis]!;
      position[axis] = 0;
    }
  }
}

/** Copies a strided view of `source` into a dense array of `shape`. */
export function gatherStrided(source: Float64Array, shape: Shape, strides: readonly number[], start = 0): Float64Array {
  const result = new Float64Array(sizeOf(shape));
  visitStrided(shape, strides, start, (linear, offset) => {
    result[linear] = source[offset]!;
  });
  return result;
}

/** The data of a tensor of `shape` as if it had been broadcast to `target`. */
export function expand(data: Float64Array, shape: Shape, target: Shape): Float64Array {
  return sameShape(shape, target) ? data : gatherStrided(data, target, broadcastStrides(shape, target));
}
