/** `x - log(sum(exp(x)))` along one axis, computed from the maximum so that nothing overflows. */
import type { OpDefinition } from '../definition.ts';
import { checkAxes, sizeOf } from '../shape.ts';
import type { Value } from '../types.ts';
import { createValue } from '../value.ts';
import { multiply, subtract } from './binary.ts';
import { sum } from './sum.ts';
import { exp } from './unary.ts';

/** Logarithm of the softmax along `axis`. */
export function logSoftmax(x: Value, axis: number): Value<'log-softmax'> {
  checkAxes('log-softmax', [axis], x.shape.length);
  return createValue('log-softmax', [x], { axis }, x.shape);
}

export const logSoftmaxOp: OpDefinition<'log-softmax'> = {
  gradient: (upstream, value) => [subtract(upstream, multiply(exp(value), sum(upstream, [value.attributes.axis])))],
  evaluate: ([x], { attributes: { axis }, shape }) => {
    const result = new Float64Array(x!.length);
    const length = shape[axis]!;
    const inner = sizeOf(shape.slice(axis + 1));
    for (let outer = 0; outer < x!.length; outer += length * inner) {
      for (let lane = outer; lane < outer + inner; lane++) {
        let largest = -Infinity;
        for (let at = 0; at < length; at++) largest = Math.max(largest, x![lane + at * inner]!);
        let total = 0;
        for (let at = 0; at < length; at++) total += Math.exp(x![lane + at * inner]! - largest);
        for (let at = 0; at < length; at++) result[lane + at * inner] = x![lane + at * inner]! - largest - Math.log(total);
      }
    }
    return result;
  },
};
