/**
 * The update of one parameter tensor by any rule, in float64: the reference of the executors' fused kernels.
 * Moments start as zeros; which of them a rule keeps, and how large, is `momentSizes`.
 */
import type { OptimizerRule } from '../ir/types.ts';
import { updateAdam, updateAdamw } from './adam.ts';
import { updateNovograd } from './novograd.ts';
import { updateSgd } from './sgd.ts';
import type { ParameterSlot, UpdateScalars } from './slot.ts';

type Kind = OptimizerRule['kind'];
type Rule<K extends Kind> = OptimizerRule extends infer R ? (R extends { readonly kind: infer Kinds } ? (K extends Kinds ? R : never) : never) : never;
type Update<K extends Kind> = (rule: Rule<K>, slot: ParameterSlot, scalars: UpdateScalars) => void;

const UPDATES: { readonly [K in Kind]: Update<K> } = {
  sgd: updateSgd,
  adam: updateAdam,
  adamw: updateAdamw,
  novograd: updateNovograd,
};

/** Changes the parameter and its moments in place. */
export function updateParameter(rule: OptimizerRule, slot: ParameterSlot, scalars: UpdateScalars): void {
  (UPDATES[rule.kind] as Update<Kind>)(rule as never, slot, scalars);
}

/** Elements of the first and the second moment that a rule keeps for a parameter of `size` elements. */
export function momentSizes(rule: OptimizerRule, size: number): readonly [number, number] {
  switch (rule.kind) {
    case 'sgd':
      return [rule.momentum === 0 ? 0 : size, 0];
    case 'adam':
    case 'adamw':
      return [size, size];
    case 'novograd':
      return [size, 1];
  }
}
