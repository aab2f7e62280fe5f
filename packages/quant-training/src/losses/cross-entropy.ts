/**
 * Cross-entropy of logits against target distributions, averaged over the batch: `-1/b * sum over c, i of t[c, i] * log softmax(x)[c, i]`.
 * Label smoothing (Szegedy et al. 2016) mixes the targets with the uniform distribution: `(1 - s) t + s / c`.
 */
import { TrainingError } from '../errors.ts';
import { add, divide, multiply } from '../ir/ops/binary.ts';
import { logSoftmax } from '../ir/ops/log-softmax.ts';
import { sum } from '../ir/ops/sum.ts';
import { negate } from '../ir/ops/unary.ts';
import { formatShape, sameShape, shapeError, sizeOf } from '../ir/shape.ts';
import type { Value } from '../ir/types.ts';

/** How targets are softened. */
export interface CrossEntropyOptions {
  /** Share of the uniform distribution, in [0, 1). */
  readonly labelSmoothing?: number;
}

/** Items of a batch of scores `[classes, batch, ...]`. */
export function batchSize(logits: Value): number {
  return sizeOf(logits.shape) / logits.shape[0]!;
}

/**
 * Logits and targets `[classes, batch]` (further axes count as batch) -> one element. Targets are distributions over the first axis: one-hot or soft.
 *
 * @throws `TRAIN_SHAPE` if the shapes differ, `TRAIN_ATTRIBUTE` for a smoothing outside [0, 1).
 */
export function crossEntropy(logits: Value, targets: Value, { labelSmoothing = 0 }: CrossEntropyOptions = {}): Value {
  if (logits.shape.length < 2 || !sameShape(logits.shape, targets.shape)) {
    shapeError('cross-entropy', `got logits ${formatShape(logits.shape)} and targets ${formatShape(targets.shape)}, wanted the same [classes, batch]`);
  }
  if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
    throw new TrainingError('TRAIN_ATTRIBUTE', `cross-entropy: got label smoothing ${labelSmoothing}, wanted at least 0 and less than 1`);
  }
  const smoothed = add(multiply(targets, 1 - labelSmoothing), labelSmoothing / logits.shape[0]!);
  return divide(negate(sum(multiply(smoothed, logSoftmax(logits, 0)))), batchSize(logits));
}
