/** What kind of work a value is: the one table that fusion and lowering share, complete over the operations by type. */
import { sameShape, sizeOf } from '../../ir/shape.ts';
import type { OpName, Value } from '../../ir/types.ts';
import { isOp } from '../../ir/value.ts';

/**
 * `leaf`: lies in memory before the step. `pointwise`: one function an element, fused into loops. `view`: other indices into the same elements.
 * `reduction`: a loop that sums. `assembly`: loops that fill parts of a result. `kernel`: has code of its own.
 */
export type Kind = 'leaf' | 'pointwise' | 'view' | 'reduction' | 'assembly' | 'kernel' | 'rewritten';

/** The kind of every operation; `rewritten` ones do not survive legalisation. */
export const KINDS: Readonly<Record<OpName, Kind>> = {
  parameter: 'leaf',
  state: 'leaf',
  input: 'leaf',
  constant: 'leaf',
  negate: 'pointwise',
  absolute: 'pointwise',
  sign: 'pointwise',
  round: 'pointwise',
  floor: 'pointwise',
  exp: 'pointwise',
  log: 'pointwise',
  sqrt: 'pointwise',
  tanh: 'pointwise',
  sigmoid: 'pointwise',
  'stop-gradient': 'rewritten',
  add: 'pointwise',
  subtract: 'pointwise',
  multiply: 'pointwise',
  divide: 'pointwise',
  maximum: 'pointwise',
  minimum: 'pointwise',
  greater: 'pointwise',
  'greater-equal': 'pointwise',
  equal: 'pointwise',
  where: 'pointwise',
  matmul: 'kernel',
  conv: 'kernel',
  'conv-input-gradient': 'kernel',
  'conv-weight-gradient': 'kernel',
  sum: 'reduction',
  'reduce-maximum': 'reduction',
  broadcast: 'view',
  reshape: 'view',
  transpose: 'view',
  slice: 'view',
  pad: 'assembly',
  concat: 'assembly',
  'max-pool': 'kernel',
  'max-pool-gradient': 'kernel',
  'log-softmax': 'rewritten',
  'batch-statistics': 'reduction',
  'batch-norm': 'rewritten',
  'batch-norm-fixed': 'rewritten',
  'batch-norm-sums': 'rewritten',
  'batch-norm-gradient': 'rewritten',
  custom: 'rewritten',
};

/** Whether a value is one number, known now, that fills its shape. */
export function isNumber(value: Value): value is Value<'constant'> {
  return isOp(value, 'constant') && typeof value.attributes.data === 'number';
}

/** Whether a reshape only inserts or removes axes of size 1, so that indices can be carried through it. */
export function keepsAxes(value: Value<'reshape'>): boolean {
  const long = (shape: readonly number[]): number[] => shape.filter((size) => size !== 1);
  return sameShape(long(value.shape), long(value.inputs[0]!.shape));
}

/** Offset of a slice whose elements are adjacent in its operand; `null` if they are not. */
export function denseOffset({ inputs, attributes: { start, size } }: Value<'slice'>): number | null {
  const shape = inputs[0]!.shape;
  const cut = size.findIndex((length) => length > 1);
  const free = cut < 0 ? shape.length : cut;
  if (!size.every((length, axis) => axis <= free || length === shape[axis])) return null;
  return start.reduce((offset, first, axis) => offset + first * sizeOf(shape.slice(axis + 1)), 0);
}

/** Whether the value lies in memory whatever fusion decides, possibly as part of another one. */
export function alwaysStored(value: Value): boolean {
  if (isOp(value, 'reshape')) return alwaysStored(value.inputs[0]!);
  if (isOp(value, 'slice')) return denseOffset(value) !== null && alwaysStored(value.inputs[0]!);
  const kind = KINDS[value.op];
  return !isNumber(value) && kind !== 'pointwise' && kind !== 'view';
}
