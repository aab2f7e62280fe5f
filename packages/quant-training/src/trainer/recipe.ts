/** How to train, as plain data: a recipe is stored with the model and with every checkpoint. */
import { TrainingError } from '../errors.ts';
import type { Optimizer, OptimizerRule } from '../ir/types.ts';
import type { Trainable } from '../network/levels.ts';
import { type GroupRule, parameterGroups } from '../network/parameter-groups.ts';
import type { DistillationSettings } from '../network/teaching.ts';
import { optimizer } from '../optimizers/index.ts';
import type { Schedule } from '../schedules/index.ts';

/** A recipe. Plain JSON. */
export interface Recipe {
  /** Names all randomness of the trainer: initial tensors and masks. A safe integer. */
  readonly seed: number;
  readonly epochs: number;
  /** Clips per step. */
  readonly batch: number;
  readonly optimizer: OptimizerRule;
  readonly schedule: Schedule;
  /** Decay of weights; biases, slopes and batch norms do not decay. Default 0. */
  readonly weightDecay?: number;
  /** Exceptions to the decay and the learning rate, by pattern. */
  readonly groups?: readonly GroupRule[];
  /** Default 0. */
  readonly labelSmoothing?: number;
  /** Learn from a teacher too; needs the option `teacher`. */
  readonly distillation?: DistillationSettings;
  /** Weight of the loss of each level of a network that can be thinned; default 1, 0.5, 0.25, 0.125. */
  readonly levelWeights?: readonly number[];
  /** Keep the float weights behind 1-bit weights within plus or minus this bound, so that every bit stays able to flip. */
  readonly latentBound?: number;
  /** Hand out an exponential moving average of the weights with this decay, such as 0.999. */
  readonly average?: number;
  /** Measure the statistics of batch norms anew over this many training batches before weights are validated or handed out. Default 0. */
  readonly calibrationBatches?: number;
  /** Which weights are handed out: those of the epoch with the best accuracy in validation, or the last. Default `best` (`last` without validation). */
  readonly keep?: 'best' | 'last';
  /** Epochs between two validations; the last epoch is always validated. Default 1. */
  readonly validateEvery?: number;
}

function require(condition: boolean, setting: string, got: unknown, wanted: string): void {
  if (!condition) throw new TrainingError('TRAIN_RECIPE', `${setting}: got ${String(got)}, wanted ${wanted}`);
}

const isCount = (value: number, least: number): boolean => Number.isSafeInteger(value) && value >= least;

/** Throws `TRAIN_RECIPE` naming the first setting that is out of range. Optimiser and schedule check themselves. */
export function checkRecipe(recipe: Recipe): void {
  const {
    seed,
    epochs,
    batch,
    distillation,
    latentBound,
    average,
    calibrationBatches = 0,
    validateEvery = 1,
    labelSmoothing = 0,
    keep = 'best',
    levelWeights = [],
  } = recipe;
  require(Number.isSafeInteger(seed), 'seed', seed, 'a safe integer');
  require(isCount(epochs, 1), 'epochs', epochs, 'an integer of at least 1');
  require(isCount(batch, 1), 'batch', batch, 'an integer of at least 1');
  require(labelSmoothing >= 0 && labelSmoothing < 1, 'labelSmoothing', labelSmoothing, 'at least 0 and less than 1');
  if (distillation !== undefined) {
    const most = 'features' in distillation ? Number.MAX_VALUE : 1;
    require(distillation.weight >= 0 && distillation.weight <= most, 'distillation.weight', distillation.weight, `0 to ${most}`);
  }
  require(levelWeights.every((weight) => weight >= 0 && weight < Infinity), 'levelWeights', levelWeights.join(', '), 'numbers of at least 0');
  if (latentBound !== undefined) require(latentBound > 0, 'latentBound', latentBound, 'more than 0');
  if (average !== undefined) require(average > 0 && average < 1, 'average', average, 'more than 0 and less than 1');
  require(isCount(calibrationBatches, 0), 'calibrationBatches', calibrationBatches, 'an integer of at least 0');
  require(isCount(validateEvery, 1), 'validateEvery', validateEvery, 'an integer of at least 1');
  require(keep === 'best' || keep === 'last', 'keep', keep, '"best" or "last"');
}

/** The optimiser of a recipe for the tensors of a network. */
export function recipeOptimizer(network: Trainable, recipe: Recipe): Optimizer {
  return optimizer(recipe.optimizer, parameterGroups(network, recipe.weightDecay ?? 0, recipe.groups));
}
