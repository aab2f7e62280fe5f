/**
 * Batch normalisation over all axes but the first (Ioffe, Szegedy 2015): `y = gamma * (x - mean) / sqrt(variance + epsilon) + beta`.
 * Statistics are one tensor `[2, c]`: the mean, then the biased variance. `batch-norm` normalises by the statistics of its own input, so
 * its input gradient already contains their dependence on x; `batch-norm-fixed` normalises by given (running) ones.
 */
import { TrainingError } from '../../errors.ts';
import type { OpDefinition } from '../definition.ts';
import { formatShape, sameShape, type Shape, shapeError, sizeOf } from '../shape.ts';
import type { Value } from '../types.ts';
import { createValue, isOp } from '../value.ts';
import { batchNormGradient, batchNormSums } from './batch-norm-gradient.ts';
import { add, divide, multiply, subtract } from './binary.ts';
import { reshape } from './reshape.ts';
import { slice } from './slice.ts';
import { sqrt } from './unary.ts';

/** Mean and biased variance of every channel: x `[c, ...]` -> `[2, c]`. */
export function batchStatistics(x: Value): Value<'batch-statistics'> {
  if (x.shape.length < 2) shapeError('batch-statistics', `got ${formatShape(x.shape)}, wanted [channel, ...]`);
  return createValue('batch-statistics', [x], {}, [2, x.shape[0]!]);
}

function checkOperands(op: string, x: Value, statistics: Value, gamma: Value, beta: Value, epsilon: number): void {
  const channels = x.shape[0]!;
  if (x.shape.length < 2 || !sameShape(statistics.shape, [2, channels]) || !sameShape(gamma.shape, [channels]) || !sameShape(beta.shape, [channels])) {
    const got = [x, statistics, gamma, beta].map(({ shape }) => formatShape(shape)).join(', ');
    shapeError(op, `got x, statistics, gamma, beta ${got}, wanted [c, ...], [2, c], [c], [c]`);
  }
  if (!(epsilon > 0)) throw new TrainingError('TRAIN_ATTRIBUTE', `${op}: got epsilon ${epsilon}, wanted more than 0`);
}

/** Normalises x by its own statistics, which have to be `batchStatistics(x)`. */
export function batchNorm(x: Value, statistics: Value, gamma: Value, beta: Value, epsilon: number): Value<'batch-norm'> {
  checkOperands('batch-norm', x, statistics, gamma, beta, epsilon);
  if (!isOp(statistics, 'batch-statistics') || statistics.inputs[0] !== x) {
    shapeError('batch-norm', `got statistics made by ${statistics.op}, wanted the batch statistics of the same x; use batchNormFixed for running statistics`);
  }
  return createValue('batch-norm', [x, statistics, gamma, beta], { epsilon }, x.shape);
}

/** Normalises x by given statistics, which get no gradient. */
export function batchNormFixed(x: Value, statistics: Value, gamma: Value, beta: Value, epsilon: number): Value<'batch-norm-fixed'> {
  checkOperands('batch-norm-fixed', x, statistics, gamma, beta, epsilon);
  return createValue('batch-norm-fixed', [x, statistics, gamma, beta], { epsilon }, x.shape);
}

function row(table: Value, index: 0 | 1, shape: Shape): Value {
  return reshape(slice(table, [index, 0], [1, table.shape[1]!]), shape);
}

function perChannel(x: Value): Shape {
  return [x.shape[0]!, ...x.shape.slice(1).map(() => 1)];
}

function normalise(
  [x, statistics, gamma, beta]: readonly Float64Array[],
  { attributes: { epsilon }, shape }: Value<'batch-norm' | 'batch-norm-fixed'>,
): Float64Array {
  const channels = shape[0]!;
  const length = x!.length / channels;
  return x!.map((element, at) => {
    const channel = Math.floor(at / length);
    return ((element - statistics![channel]!) / Math.sqrt(statistics![channels + channel]! + epsilon)) * gamma![channel]! + beta![channel]!;
  });
}

export const batchStatisticsOp: OpDefinition<'batch-statistics'> = {
  gradient: (upstream, value) => {
    const x = value.inputs[0]!;
    const count = sizeOf(x.shape) / x.shape[0]!;
    const shape = perChannel(x);
    const centred = subtract(x, row(value, 0, shape));
    return [add(divide(row(upstream, 0, shape), count), multiply(centred, multiply(row(upstream, 1, shape), 2 / count)))];
  },
  evaluate: ([x], { shape }) => {
    const channels = shape[1]!;
    const length = x!.length / channels;
    const result = new Float64Array(2 * channels);
    for (let channel = 0; channel < channels; channel++) {
      const elements = x!.subarray(channel * length, (channel + 1) * length);
      const mean = elements.reduce((total, element) => total + element, 0) / length;
      result[channel] = mean;
      result[channels + channel] = elements.reduce((total, element) => total + (element - mean) ** 2, 0) / length;
    }
    return result;
  },
};

export const batchNormOp: OpDefinition<'batch-norm'> = {
  gradient: (upstream, { inputs, attributes: { epsilon } }) => {
    const [x, statistics, gamma, beta] = inputs as [Value, Value, Value, Value];
    const sums = batchNormSums(x, upstream, statistics, epsilon);
    return [batchNormGradient(x, upstream, statistics, gamma, sums, epsilon), null, row(sums, 1, gamma.shape), row(sums, 0, beta.shape)];
  },
  evaluate: normalise,
};

export const batchNormFixedOp: OpDefinition<'batch-norm-fixed'> = {
  gradient: (upstream, { inputs, attributes: { epsilon } }) => {
    const [x, statistics, gamma, beta] = inputs as [Value, Value, Value, Value];
    const sums = batchNormSums(x, upstream, statistics, epsilon);
    const scale = divide(gamma, sqrt(add(row(statistics, 1, gamma.shape), epsilon)));
    return [multiply(upstream, reshape(scale, perChannel(x))), null, row(sums, 1, gamma.shape), row(sums, 0, beta.shape)];
  },
  evaluate: normalise,
};
