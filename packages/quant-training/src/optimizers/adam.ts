/**
 * Adam (Kingma, Ba 2015) and AdamW (Loshchilov, Hutter 2019): `m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2;
 * p -= rate * m / (1 - b1^step) / (sqrt(v / (1 - b2^step)) + epsilon)`. Adam adds `decay * p` to the gradient;
 * AdamW multiplies p by `1 - rate * decay` first and keeps the decay out of the moments.
 */
import type { OptimizerRule } from '../ir/types.ts';
import { checkRange } from './range.ts';
import type { ParameterSlot, UpdateScalars } from './slot.ts';

/** The rules of this file. */
export type AdamRule = Extract<OptimizerRule, { kind: 'adam' | 'adamw' }>;

/** Decay of the two moments, in [0, 1), and what keeps the division finite. */
export interface AdamOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

function rule(kind: AdamRule['kind'], { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions): AdamRule {
  checkRange(`${kind} beta1`, beta1, 0, 1);
  checkRange(`${kind} beta2`, beta2, 0, 1);
  checkRange(`${kind} epsilon`, epsilon, Number.MIN_VALUE, 1);
  return { kind, beta1, beta2, epsilon };
}

/** Adam; weight decay is L2 regularisation. @throws `TRAIN_ATTRIBUTE` */
export function adam(options: AdamOptions = {}): AdamRule {
  return rule('adam', options);
}

/** Adam with decoupled weight decay. @throws `TRAIN_ATTRIBUTE` */
export function adamw(options: AdamOptions = {}): AdamRule {
  return rule('adamw', options);
}

function descend(
  { beta1, beta2, epsilon }: AdamRule,
  { parameter, gradient, moments: [first, second] }: ParameterSlot,
  learningRate: number,
  decay: number,
  step: number,
): void {
  const correction1 = 1 - beta1 ** step;
  const correction2 = 1 - beta2 ** step;
  for (let at = 0; at < parameter.length; at++) {
    const slope = gradient[at]! + decay * parameter[at]!;
    first[at] = beta1 * first[at]! + (1 - beta1) * slope;
    second[at] = beta2 * second[at]! + (1 - beta2) * slope * slope;
    parameter[at]! -= (learningRate * (first[at]! / correction1)) / (Math.sqrt(second[at]! / correction2) + epsilon);
  }
}

export function updateAdam(adamRule: AdamRule, slot: ParameterSlot, { learningRate, weightDecay, step }: UpdateScalars): void {
  descend(adamRule, slot, learningRate, weightDecay, step);
}

export function updateAdamw(adamRule: AdamRule, slot: ParameterSlot, { learningRate, weightDecay, step }: UpdateScalars): void {
  const shrink = 1 - learningRate * weightDecay;
  for (let at = 0; at < slot.parameter.length; at++) slot.parameter[at]! *= shrink;
  descend(adamRule, slot, learningRate, 0, step);
}
