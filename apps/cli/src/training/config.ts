/**
 * What `bitvox train` does, as one plain object: it comes from a config file and options, is stored with the run and in the model, and
 * decides every bit of the result together with the data.
 */
import { dfsmn, separable } from '@bitvox/models';
import type { Graph } from '@bitvox/graph';
import { z } from 'zod';
import { CliError } from '../errors.ts';

const share = z.number().min(0).max(1);
const decibels = z.tuple([z.number().min(-60).max(60), z.number().min(-60).max(60)]);

const augmentationSchema = z.strictObject({
  /** Largest shift in frames of 10 ms. */
  timeShift: z.int().min(0).max(49).default(10),
  /** Change of level. */
  gain: decibels.default([-10, 6]),
  /** Background of clips labelled `silence` mixed in: how often, and by how much their level is changed. */
  noise: z.strictObject({ probability: share, gain: decibels }).default({ probability: 0.4, gain: [-20, 0] }),
  timeMasks: z.strictObject({ count: z.int().min(0).max(8), longest: z.int().min(0).max(98) }).default({ count: 2, longest: 12 }),
  bandMasks: z.strictObject({ count: z.int().min(0).max(8), longest: z.int().min(0).max(40) }).default({ count: 2, longest: 7 }),
});

/** The schema of a config file; also what is stored. */
export const configSchema = z.strictObject({
  $schema: z.string().optional(),
  model: z.enum(['dfsmn', 'separable']).default('dfsmn'),
  /** Bits of weights and activations inside the network. */
  bits: z.union([z.literal(1), z.literal(8), z.literal(32)]).default(1),
  /** Options of the model function, such as `{ "channels": 64, "blocks": 4 }`. */
  modelOptions: z.record(z.string(), z.unknown()).default({}),
  epochs: z.int().min(1).max(10_000).default(30),
  batch: z.int().min(1).max(4096).default(128),
  seed: z.int().default(1),
  learningRate: z.number().positive().max(1),
  weightDecay: z.number().min(0).max(10),
  /** Share of all steps in which the learning rate grows. */
  warmup: share.default(0.05),
  labelSmoothing: z.number().min(0).max(0.9),
  /** Decay of the moving average of the weights that is handed out; 0 for none. */
  average: z.number().min(0).max(0.99999).default(0.99),
  /** Every label equally often. */
  balanced: z.boolean().default(false),
  /** Take the frequencies of the labels out of the classifier, so that words, `unknown` and `silence` are equally likely beforehand. */
  equalPriors: z.boolean().default(true),
  /** Share of speakers held out for validation where the data does not say. */
  validationShare: z.number().min(0).max(0.5).default(0.1),
  /** `null` for none. */
  augmentation: augmentationSchema.nullable().prefault({}),
});

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

/** Everything that decides a training. */
export type TrainingConfig = z.infer<typeof configSchema>;

/**
 * A config out of the contents of a config file and overriding options; what both leave out has its default.
 * @throws CliError `CLI_OPTION` naming the field
 */
export function resolveConfig(file: unknown, overrides: Readonly<Record<string, unknown>>): TrainingConfig {
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  const wanted: Readonly<Record<string, unknown>> = { ...(file as object), ...given };
  const parsed = configSchema.safeParse({ ...defaultsFor(wanted['bits']), ...wanted });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CliError('CLI_OPTION', `the setting "${issue?.path.join('.') ?? ''}" is wrong: ${issue?.message ?? 'unknown'}.`);
}

/** The network of a config. */
export function graphOf({ model, bits, modelOptions }: TrainingConfig, labels: number): Graph {
  const options = { ...modelOptions, labels, bits };
  return model === 'dfsmn' ? dfsmn(options) : separable(options);
}
