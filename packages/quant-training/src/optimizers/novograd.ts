/**
 * NovoGrad (Ginsburg et al. 2019), one second moment for a whole tensor: `v = ||g||^2` while v is 0, then `b2 v + (1 - b2) ||g||^2`;
 * `u = g / (sqrt(v) + epsilon) + decay * p`, times `1 - b1` with gradient averaging; `m = b1 m + u; p -= rate * m`. No bias correction.
 */
import type { OptimizerRule } from '../ir/types.ts';
import { checkRange } from './range.ts';
import type { ParameterSlot, UpdateScalars } from './slot.ts';

/** The rule of this file. */
export type NovogradRule = Extract<OptimizerRule, { kind: 'novograd' }>;

/** Decay of the two moments, in [0, 1), what keeps the division finite, and whether new gradients are weighted by 1 - beta1. */
export interface NovogradOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  readonly gradientAveraging?: boolean;
}

/** NovoGrad with the defaults of the paper's speech recipes. @throws `TRAIN_ATTRIBUTE` */
export function novograd({ beta1 = 0.95, beta2 = 0.5, epsilon = 1e-8, gradientAveraging = false }: NovogradOptions = {}): NovogradRule {
  checkRange('novograd beta1', beta1, 0, 1);
  checkRange('novograd beta2', beta2, 0, 1);
  checkRange('novograd epsilon', epsilon, Number.MIN_VALUE, 1);
  return { kind: 'novograd', beta1, beta2, epsilon, gradientAveraging };
}

export function updateNovograd(
  { beta1, beta2, epsilon, gradientAveraging }: NovogradRule,
  { parameter, gradient, moments: [first, second] }: ParameterSlot,
  { learningRate, weightDecay }: UpdateScalars,
): void {
  const squaredNorm = gradient.reduce((total, slope) => total + slope * slope, 0);
  second[0] = second[0] === 0 ? squaredNorm : beta2 * second[0]! + (1 - beta2) * squaredNorm;
  const norm = Math.sqrt(second[0]) + epsilon;
  const weight = gradientAveraging ? 1 - beta1 : 1;
  for (let at = 0; at < parameter.length; at++) {
    first[at] = beta1 * first[at]! + weight * (gradient[at]! / norm + weightDecay * parameter[at]!);
    parameter[at]! -= learningRate * first[at]!;
  }
}
