/**
 * Which parameters decay and which learn slowly. By default only weights decay: biases, slopes and the factors of batch norm do not.
 * Rules are data, so that a recipe can be stored with the model.
 */
import type { StoredBits } from '@bitvox/graph';
import { TrainingError } from '../errors.ts';
import type { ParameterGroup } from '../ir/types.ts';
import { nodesOf, type Trainable } from './levels.ts';

/** Changes the treatment of the parameters it matches; what it leaves out keeps its default. */
export interface GroupRule {
  /** Pattern of `<node>/<role>`; `*` stands for any text. Default: everything. */
  readonly match?: string;
  /** Only tensors of this width. */
  readonly bits?: StoredBits;
  /** Multiplies the learning rate; default 1. 0 freezes. */
  readonly learningRateScale?: number;
  readonly weightDecay?: number;
}

function matches({ match, bits }: GroupRule, name: string, tensorBits: StoredBits): boolean {
  if (bits !== undefined && bits !== tensorBits) return false;
  if (match === undefined) return true;
  const pattern = match.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${pattern.join('.*')}$`).test(name);
}

/** Groups the trained tensors of a network. For each tensor the first rule that matches counts. */
export function parameterGroups(network: Trainable, weightDecay: number, rules: readonly GroupRule[] = []): ParameterGroup[] {
  for (const value of [weightDecay, ...rules.flatMap((rule) => [rule.learningRateScale ?? 1, rule.weightDecay ?? 0])]) {
    if (!(value >= 0 && value < Infinity))
      throw new TrainingError('TRAIN_RECIPE', `got a weight decay or learning-rate scale of ${value}, wanted a number of at least 0`);
  }
  const groups = new Map<string, { learningRateScale: number; weightDecay: number; parameters: string[] }>();
  for (const node of nodesOf(network)) {
    for (const { role, trainable, bits } of node.tensors) {
      if (!trainable) continue;
      const name = `${node.name}/${role}`;
      const rule = rules.find((candidate) => matches(candidate, name, bits));
      const settings = { learningRateScale: rule?.learningRateScale ?? 1, weightDecay: rule?.weightDecay ?? (role === 'weight' ? weightDecay : 0) };
      const key = JSON.stringify(settings);
      const group = groups.get(key) ?? { ...settings, parameters: [] };
      groups.set(key, group);
      group.parameters.push(name);
    }
  }
  return [...groups.values()];
}
