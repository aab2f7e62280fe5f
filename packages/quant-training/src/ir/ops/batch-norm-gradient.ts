/**
 * The backward pass of batch norm as two fused operations. With `n` elements a channel, `z` the normalised x and
 * `sums = [sum(dy), sum(dy * z)]`: `dx = gamma / sqrt(variance + epsilon) * (dy - sums[0] / n - z * sums[1] / n)`.
 */
import type { OpDefinition } from '../definition.ts';
import { formatShape, sameShape, shapeError } from '../shape.ts';
import type { Value } from '../types.ts';
import { createValue } from '../value.ts';

function checkOperands(op: string, x: Value, upstream: Value, tables: readonly Value[]): void {
  const wanted = [2, x.shape[0]!];
  if (!sameShape(x.shape, upstream.shape) || !tables.every(({ shape }) => sameShape(shape, wanted))) {
    const got = [x, upstream, ...tables].map(({ shape }) => formatShape(shape)).join(', ');
    shapeError(op, `got x, upstream and tables ${got}, wanted x, the same, and ${formatShape(wanted)}`);
  }
}

/** x, upstream, statistics -> `[2, c]`: the gradients of beta and of gamma. */
export function batchNormSums(x: Value, upstream: Value, statistics: Value, epsilon: number): Value<'batch-norm-sums'> {
  checkOperands('batch-norm-sums', x, upstream, [statistics]);
  return createValue('batch-norm-sums', [x, upstream, statistics], { epsilon }, [2, x.shape[0]!]);
}

/** x, upstream, statistics, gamma, sums -> the gradient of x. */
export function batchNormGradient(x: Value, upstream: Value, statistics: Value, gamma: Value, sums: Value, epsilon: number): Value<'batch-norm-gradient'> {
  checkOperands('batch-norm-gradient', x, upstream, [statistics, sums]);
  return createValue('batch-norm-gradient', [x, upstream, statistics, gamma, sums], { epsilon }, x.shape);
}

export const batchNormSumsOp: OpDefinition<'batch-norm-sums'> = {
  gradient: 'none',
  evaluate: ([x, dy, statistics], { attributes: { epsilon }, shape }) => {
    const channels = shape[1]!;
    const length = x!.length / channels;
    const result = new Float64Array(2 * channels);
    dy!.forEach((gradient, at) => {
      const channel = Math.floor(at / length);
      const normalised = (x![at]! - statistics![channel]!) / Math.sqrt(statistics![channels + channel]! + epsilon);
      result[channel]! += gradient;
      result[channels + channel]! += gradient * normalised;
    });
    return result;
  },
};

export const batchNormGradientOp: OpDefinition<'batch-norm-gradient'> = {
  gradient: 'none',
  evaluate: ([x, dy, statistics, gamma, sums], { attributes: { epsilon }, shape }) => {
    const channels = shape[0]!;
    const length = x!.length / channels;
    return dy!.map((gradient, at) => {
      const channel = Math.floor(at / length);
      const deviation = Math.sqrt(statistics![channels + channel]! + epsilon);
      const normalised = (x![at]! - statistics![channel]!) / deviation;
      return (gamma![channel]! / deviation) * (gradient - sums![channel]! / length - (normalised * sums![channels + channel]!) / length);
    });
  },
};
