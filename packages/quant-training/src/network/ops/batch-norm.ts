/**
 * `batch-norm`: normalised by the statistics of the batch in training, by running ones otherwise; the rows of a plane count as one channel. The tensors
 * `mean` and `variance` are one state `[2, c]` in a step; the batch is normalised with its biased variance, the running variance collects the unbiased one (PyTorch).
 */
import { TrainingError } from '../../errors.ts';
import { unbiasedStatistics } from '../../ir/compose.ts';
import { batchNorm as normalize, batchNormFixed, batchStatistics } from '../../ir/ops/batch-norm.ts';
import type { NetworkOp } from '../context.ts';
import { inPlanes } from '../planes.ts';

export const batchNorm: NetworkOp<'batch-norm'> = (node, [input], context) => {
  const { epsilon, momentum, height } = node.attributes;
  const { frames } = node.shape;
  const x = inPlanes(input!, height);
  const planes = x.shape[0]!;
  const gamma = context.parameter('gamma', [planes]);
  const beta = context.parameter('beta', [planes]);
  if (context.phase === 'evaluation') return batchNormFixed(x, context.statistics([2, planes]), gamma, beta, epsilon);
  if (context.batch * height * frames < 2)
    throw new TrainingError('TRAIN_NETWORK', `batch norm "${node.name}" got one value per channel and step, wanted at least 2`);
  const statistics = batchStatistics(x);
  context.collect({ value: unbiasedStatistics(statistics, x.shape), momentum });
  return normalize(x, statistics, gamma, beta, epsilon);
};
