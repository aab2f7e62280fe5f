/**
 * Stochastic gradient descent: `g += decay * p; b = momentum * b + g; p -= rate * b`, and with Nesterov's look-ahead (Sutskever et al. 2013)
 * `p -= rate * (g + momentum * b)`. The momentum buffer starts as the first gradient.
 */
import type { OptimizerRule } from '../ir/types.ts';
import { checkRange } from './range.ts';
import type { ParameterSlot, UpdateScalars } from './slot.ts';

/** The rule of this file. */
export type SgdRule = Extract<OptimizerRule, { kind: 'sgd' }>;

/**
 * Gradient descent; `momentum` in [0, 1), 0 unless told, `nesterov` needs momentum.
 *
 * @throws `TRAIN_ATTRIBUTE`
 */
export function sgd({ momentum = 0, nesterov = false }: { readonly momentum?: number; readonly nesterov?: boolean } = {}): SgdRule {
  checkRange('sgd momentum', momentum, 0, 1);
  if (nesterov) checkRange('sgd momentum with nesterov', momentum, Number.MIN_VALUE, 1);
  return { kind: 'sgd', momentum, nesterov };
}

export function updateSgd(
  { momentum, nesterov }: SgdRule,
  { parameter, gradient, moments: [buffer] }: ParameterSlot,
  { learningRate, weightDecay }: UpdateScalars,
): void {
  for (let at = 0; at < parameter.length; at++) {
    const slope = gradient[at]! + weightDecay * parameter[at]!;
    let direction = slope;
    if (momentum !== 0) {
      buffer[at] = momentum * buffer[at]! + slope;
      direction = nesterov ? slope + momentum * buffer[at]! : buffer[at]!;
    }
    parameter[at]! -= learningRate * direction;
  }
}
