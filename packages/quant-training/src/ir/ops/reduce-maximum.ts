/** Maximum over axes, which stay with size 1. The gradient is shared evenly by the elements that reach the maximum. */
import type { OpDefinition } from '../definition.ts';
import { broadcastStrides, sizeOf, visitStrided } from '../shape.ts';
import type { Value } from '../types.ts';
import { createValue } from '../value.ts';
import { divide, equal, multiply } from './binary.ts';
import { reducedShape, sum } from './sum.ts';

/** The maximum over `axes` (every axis unless told); the result keeps them with size 1. */
export function reduceMaximum(x: Value, axes: readonly number[] = x.shape.map((_, axis) => axis)): Value<'reduce-maximum'> {
  return createValue('reduce-maximum', [x], { axes: [...axes].sort((a, b) => a - b) }, reducedShape('reduce-maximum', x.shape, axes));
}

export const reduceMaximumOp: OpDefinition<'reduce-maximum'> = {
  gradient: (upstream, value) => {
    const winners = equal(value.inputs[0]!, value);
    return [multiply(winners, divide(upstream, sum(winners, value.attributes.axes)))];
  },
  evaluate: ([x], { inputs, shape }) => {
    const result = new Float64Array(sizeOf(shape)).fill(-Infinity);
    visitStrided(inputs[0]!.shape, broadcastStrides(shape, inputs[0]!.shape), 0, (linear, offset) => {
      result[offset] = Math.max(result[offset]!, x![linear]!);
    });
    return result;
  },
};
