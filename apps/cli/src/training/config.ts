/**
 * What `bitvox train` does, as one plain object: it comes from a config file and options, is stored with the run and in the model, and
 * decides every bit of the result together with the data.
 */
import { BIFSMN_LEVELS, bifsmn, dfsmn, separable } from '@bitvox/models';
import type { Graph, Level } from '@bitvox/graph';
import type { z } from 'zod';
import { CliError } from '../errors.ts';
import { bifsmnOptionsSchema, configSchema, type TrainingConfig } from './settings.ts';

export type { TrainingConfig };

/** Defaults of the papers for each BiFSMN: every depth is trained at 1 bit, and details of features are what the student learns. */
function bifsmnDefaults(model: unknown, bits: unknown): Readonly<Record<string, unknown>> {
  if (model !== 'bifsmn' && model !== 'bifsmn-v2') return {};
  const distillation = model === 'bifsmn' ? { features: 'enhanced' } : { features: 'independent', logits: true };
  return { distillation, ...((bits === 1 || bits === undefined) && { levels: BIFSMN_LEVELS }) };
}

/**
 * Defaults that depend on the width. Networks of bits learn at a high rate and are held back by themselves: what restrains a float network
 * (decay, smoothed labels, masks) only keeps them from learning.
 */
function defaultsFor(bits: unknown): Readonly<Record<string, unknown>> {
  if (bits === 32 || bits === 8) return { learningRate: 0.005, weightDecay: 0.01, labelSmoothing: 0.1 };
  const none = { count: 0, longest: 0 };
  return {
    learningRate: 0.01,
    weightDecay: 0,
    labelSmoothing: 0,
    augmentation: { noise: { probability: 0.5, gain: [-10, 5] }, timeMasks: none, bandMasks: none },
  };
}

/**
 * A config out of the contents of a config file and overriding options; what both leave out has its default.
 * @throws CliError `CLI_OPTION` naming the field
 */
export function resolveConfig(file: unknown, overrides: Readonly<Record<string, unknown>>): TrainingConfig {
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  const wanted: Readonly<Record<string, unknown>> = { ...(file as object), ...given };
  const config = check(configSchema, { ...defaultsFor(wanted['bits']), ...bifsmnDefaults(wanted['model'], wanted['bits']), ...wanted });
  if (isBifsmn(config)) check(bifsmnOptionsSchema, config.modelOptions, 'modelOptions.');
  else if (config.levels.length > 1) refuse('levels', `the network ${config.model} has only one`);
  if (config.levels[0] !== '1x' || new Set(config.levels).size < config.levels.length) refuse('levels', 'they begin with 1x, and none stands twice');
  return config;
}

function refuse(setting: string, reason: string): never {
  throw new CliError('CLI_OPTION', `the setting "${setting}" is wrong: ${reason}.`);
}

function check<Schema extends z.ZodType>(schema: Schema, value: unknown, prefix = ''): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return refuse(`${prefix}${issue?.path.join('.') ?? ''}`, issue?.message ?? 'unknown');
}

const isBifsmn = ({ model }: TrainingConfig): boolean => model === 'bifsmn' || model === 'bifsmn-v2';

/** The levels of the network of a config, the full one first. */
export function levelsOf(config: TrainingConfig, labels: number): readonly Level[] {
  const { model, bits, modelOptions } = config;
  const options = { ...modelOptions, labels, bits };
  if (!isBifsmn(config)) return [{ name: '1x', graph: model === 'dfsmn' ? dfsmn(options) : separable(options) }];
  const binarizer = model as 'bifsmn' | 'bifsmn-v2';
  return config.levels.map((level) => ({ name: level, graph: bifsmn({ binarizer, ...options, level }) }));
}

/** The full network of a config. */
export function graphOf(config: TrainingConfig, labels: number): Graph {
  return levelsOf(config, labels)[0]!.graph;
}
