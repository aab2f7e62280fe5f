/** Optimisers: a rule (what is remembered, how a tensor moves) and groups of parameters with their own rate and decay. */
import { TrainingError } from '../errors.ts';
import type { Optimizer, OptimizerRule, ParameterGroup } from '../ir/types.ts';
import { checkRange } from './range.ts';

export { adam, type AdamOptions, type AdamRule, adamw } from './adam.ts';
export { novograd, type NovogradOptions, type NovogradRule } from './novograd.ts';
export { sgd, type SgdRule } from './sgd.ts';

/**
 * An optimiser over groups; a parameter in no group is not trained.
 *
 * @throws `TRAIN_ATTRIBUTE` for a negative scale or decay, `TRAIN_NAME` for a parameter in two groups.
 */
export function optimizer(rule: OptimizerRule, groups: readonly ParameterGroup[]): Optimizer {
  const seen = new Set<string>();
  for (const group of groups) {
    checkRange('learning rate scale', group.learningRateScale, 0, Infinity);
    checkRange('weight decay', group.weightDecay, 0, Infinity);
    for (const name of group.parameters) {
      if (seen.has(name)) throw new TrainingError('TRAIN_NAME', `parameter "${name}" is in two optimiser groups, wanted one`);
      seen.add(name);
    }
  }
  return { rule, groups };
}
