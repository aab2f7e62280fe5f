/**
 * `batch-norm`: normalised by the statistics of the batch in training, by running ones otherwise. The tensors `mean` and `variance` are
 * one state `[2, c]` in a step; the batch is normalised with its biased variance, the running variance collects the unbiased one (PyTorch).
 */
import { TrainingError } from '../../errors.ts';
import { runningStatistics } from '../../ir/compose.ts';
import { batchNorm as normalize, batchNormFixed, batchStatistics } from '../../ir/ops/batch-norm.ts';
import type { NetworkOp } from '../context.ts';

export const batchNorm: NetworkOp<'batch-norm'> = (node, [x], context) => {
  const { epsilon, momentum } = node.attributes;
  const { channels, frames } = node.shape;
  const gamma = context.parameter('gamma', [channels]);
  const beta = context.parameter('beta', [channels]);
  if (context.phase === 'evaluation') return batchNormFixed(x!, context.state('statistics', [2, channels]), gamma, beta, epsilon);
  if (context.batch * frames < 2) throw new TrainingError('TRAIN_NETWORK', `batch norm "${node.name}" got one value per channel and step, wanted at least 2`);
  const statistics = batchStatistics(x!);
  context.statistics(statistics);
  if (context.phase === 'training') {
    const running = context.state('statistics', [2, channels]);
    context.update({ state: running, value: momentum > 0 ? runningStatistics(running, statistics, x!.shape, momentum) : running });
  }
  return normalize(x!, statistics, gamma, beta, epsilon);
};
