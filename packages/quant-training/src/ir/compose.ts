/** Layers and helpers composed of operations; they get their gradients for free. */
import { TrainingError } from '../errors.ts';
import { batchNorm, batchStatistics } from './ops/batch-norm.ts';
import { add, divide, greater, greaterEqual, maximum, minimum, multiply } from './ops/binary.ts';
import { constant } from './ops/leaf.ts';
import { logSoftmax } from './ops/log-softmax.ts';
import { reshape } from './ops/reshape.ts';
import { broadcast, sum } from './ops/sum.ts';
import { absolute, exp, floor } from './ops/unary.ts';
import { where } from './ops/where.ts';
import { formatShape, type Shape, shapeError, sizeOf } from './shape.ts';
import type { Value } from './types.ts';
import type { Operand } from './value.ts';

/** x * x */
export function square(x: Value): Value {
  return multiply(x, x);
}

/** max(x, 0); gradient 0 at 0. */
export function relu(x: Value): Value {
  return maximum(x, 0);
}

/** x limited to [low, high]; gradient 0 at and outside the limits (hard tanh, ReLU6). */
export function clip(x: Value, low: Operand, high: Operand): Value {
  return minimum(maximum(x, low), high);
}

/** x where x > 0, else slope * x; `slope` broadcasts to x: a scalar, or one number a channel from {@link perChannel}. */
export function prelu(x: Value, slope: Operand): Value {
  return where(greater(x, 0), x, multiply(x, slope));
}

/** `value` where |x| <= bound, else 0: the window of a straight-through estimator. */
export function insideWindow(x: Value, bound: Operand, value: Value): Value {
  return where(greaterEqual(bound, absolute(x)), value, 0);
}

/** Nearest integer, halves upwards: floor(x + 1/2), the rounding of the integer requantisation. */
export function roundHalfUp(x: Value): Value {
  return floor(add(x, 0.5));
}

/** Mean over `axes` (every axis unless told), which stay with size 1. */
export function mean(x: Value, axes?: readonly number[]): Value {
  const total = sum(x, axes);
  return divide(total, sizeOf(x.shape) / sizeOf(total.shape));
}

/** A vector `[c]` as `[c, 1, ...]`, so that it broadcasts over an activation of the given rank. */
export function perChannel(vector: Value, rank: number): Value {
  return reshape(vector, [...vector.shape, ...Array.from({ length: rank - 1 }, () => 1)]);
}

/** Softmax along one axis. */
export function softmax(x: Value, axis: number): Value {
  return exp(logSoftmax(x, axis));
}

/** The mean of every `rows x columns` tile of the last two axes, side by side; both sizes must divide. */
export function averagePool(x: Value, size: readonly [number, number]): Value {
  const outer = x.shape.slice(0, -2);
  const [height, time] = x.shape.slice(-2) as [number, number];
  if (height % size[0] !== 0 || time % size[1] !== 0) shapeError('average pool', `got ${formatShape(x.shape)}, wanted multiples of ${formatShape(size)}`);
  const tiles = reshape(x, [...outer, height / size[0], size[0], time / size[1], size[1]]);
  return reshape(mean(tiles, [outer.length + 1, outer.length + 3]), [...outer, height / size[0], time / size[1]]);
}

/** Every element of the last two axes repeated `rows x columns` times: the adjoint of the sum over tiles. */
export function upsampleNearest(x: Value, size: readonly [number, number]): Value {
  const outer = x.shape.slice(0, -2);
  const [height, time] = x.shape.slice(-2) as [number, number];
  const repeated = broadcast(reshape(x, [...outer, height, 1, time, 1]), [...outer, height, size[0], time, size[1]]);
  return reshape(repeated, [...outer, height * size[0], time * size[1]]);
}

/** Batch norm by the statistics of the batch, and those statistics for {@link runningStatistics}. */
export function batchNormTraining(x: Value, gamma: Value, beta: Value, epsilon: number): { readonly output: Value; readonly statistics: Value } {
  const statistics = batchStatistics(x);
  return { output: batchNorm(x, statistics, gamma, beta, epsilon), statistics };
}

/** Statistics `[2, c]` of a normalised activation of this shape with the unbiased variance: what running statistics collect, by the convention of PyTorch. */
export function unbiasedStatistics(statistics: Value, xShape: Shape): Value {
  const count = sizeOf(xShape) / xShape[0]!;
  const isVariance = constant(Float32Array.of(0, 1), [2, 1]);
  return multiply(statistics, where(isVariance, count > 1 ? count / (count - 1) : 1, 1));
}

/** `(1 - momentum) * running + momentum * newest`. */
export function movingMean(running: Value, newest: Value, momentum: number): Value {
  return add(multiply(running, 1 - momentum), multiply(newest, momentum));
}

/** The new running statistics `[2, c]`: the moving mean of {@link unbiasedStatistics}. `xShape` is the shape of the normalised activation. */
export function runningStatistics(running: Value, statistics: Value, xShape: Shape, momentum: number): Value {
  if (!(momentum > 0 && momentum <= 1))
    throw new TrainingError('TRAIN_ATTRIBUTE', `running statistics: got momentum ${momentum}, wanted more than 0 and at most 1`);
  return movingMean(running, unbiasedStatistics(statistics, xShape), momentum);
}
