/**
 * Distillation of features by frequency (BiFSMN, Qin et al. 2022, arXiv 2202.06483; BiFSMNv2, arXiv 2211.06987). A feature `[channel, batch, 1, time]` is
 * seen as one picture a clip, channels by time. The approximation of its Haar wavelet of one level is the mean of every 2 x 2 tile, repeated; the
 * details are the rest. Both parts are projections at right angles: they add up to the feature, and their energies to its energy.
 * Distances are those of `normalisedSquaredDistance`, over the whole batch at once.
 */
import { mean, square } from '../ir/compose.ts';
import { add, divide, multiply, subtract } from '../ir/ops/binary.ts';
import { reshape } from '../ir/ops/reshape.ts';
import { broadcast } from '../ir/ops/sum.ts';
import { sqrt, stopGradient } from '../ir/ops/unary.ts';
import { formatShape, shapeError, sizeOf } from '../ir/shape.ts';
import type { Value } from '../ir/types.ts';
import { normalisedSquaredDistance } from './distance.ts';

/** Keeps the deviation of a feature of zeros from dividing by 0. */
const SMALLEST_DEVIATION = 1e-12;

/** The mean of every 2 x 2 tile of channels and time, in the place of its four elements. @throws `TRAIN_SHAPE` for an odd number of channels or frames. */
export function lowPass(x: Value): Value {
  const [channels, batch, height, time] = x.shape as [number, number, number, number];
  if (x.shape.length !== 4 || channels % 2 !== 0 || time % 2 !== 0)
    shapeError('frequency distillation', `got a feature ${formatShape(x.shape)}, wanted [channel, batch, height, time] with even channels and time`);
  const tiles = [channels / 2, 2, batch, height, time / 2, 2];
  return reshape(broadcast(mean(reshape(x, tiles), [1, 5]), tiles), x.shape);
}

/** What {@link lowPass} leaves. */
export function highPass(x: Value): Value {
  return subtract(x, lowPass(x));
}

/** Divides by the standard deviation over the whole tensor. */
function standardise(x: Value): Value {
  const size = sizeOf(x.shape);
  const variance = divide(multiply(mean(square(subtract(x, mean(x)))), size), Math.max(size - 1, 1));
  return divide(x, sqrt(add(variance, SMALLEST_DEVIATION)));
}

/**
 * High-frequency enhancement distillation of BiFSMN: the distance to `HP(t) / std HP(t) + t / std t`, a teacher whose details are as strong as itself.
 * Features `[channel, batch, height, time]` -> one element. No gradient reaches the teacher. @throws `TRAIN_SHAPE`
 */
export function highFrequencyEnhancement(student: Value, teacher: Value): Value {
  const fixed = stopGradient(teacher);
  return normalisedSquaredDistance(student, add(standardise(highPass(fixed)), standardise(fixed)));
}

/**
 * Frequency independent distillation of BiFSMNv2: the distances of both parts added, so that the strong low frequencies do not hide the others.
 * Features `[channel, batch, height, time]` -> one element. No gradient reaches the teacher. @throws `TRAIN_SHAPE`
 */
export function frequencyIndependent(student: Value, teacher: Value): Value {
  const fixed = stopGradient(teacher);
  const [low, teacherLow] = [lowPass(student), lowPass(fixed)];
  return add(normalisedSquaredDistance(subtract(student, low), subtract(fixed, teacherLow)), normalisedSquaredDistance(low, teacherLow));
}
