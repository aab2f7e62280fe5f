/**
 * What `bitvox train` does, as one plain object: it comes from a config file and options, is stored with the run and in the model, and
 * decides every bit of the result together with the data.
 */
import { BIFSMN_LEVELS, bifsmn, BINARIZERS, type BinarizerName, dfsmn, separable } from '@bitvox/models';
import type { Graph, Level } from '@bitvox/graph';
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

const distance = z.number().min(0).max(1000);

/** What a student learns from a teacher beside its labels. */
const distillationSchema = z.union([
  z.strictObject({
    /** How the outputs of blocks are compared: details of the teacher enhanced (BiFSMN), or details and rest independently (BiFSMNv2). */
    features: z.enum(['enhanced', 'independent']),
    weight: distance.default(0.01),
    /** Compare logits too. */
    logits: z.boolean().default(false),
    /** The teacher uses statistics of the batch and dropout, as the authors' code does, instead of being evaluated. */
    batchStatistics: z.boolean().default(false),
  }),
  z.strictObject({ weight: share.default(0.5), temperature: z.number().min(0.1).max(100).default(4) }),
]);

/** Options of `bifsmn`, of which those that the config says elsewhere are left out. */
const bifsmnOptionsSchema = z.strictObject({
  blocks: z.int().min(4).max(64).multipleOf(4).optional(),
  channels: z.int().min(8).max(1024).optional(),
  hidden: z.int().min(8).max(4096).optional(),
  binarizer: z.enum(Object.keys(BINARIZERS) as [BinarizerName, ...BinarizerName[]]).optional(),
  ends: z.union([z.literal(8), z.literal(32)]).optional(),
  rectifier: z.enum(['prelu', 'mixed', 'relu']).optional(),
  dropout: z.number().min(0).max(0.9).optional(),
  causal: z.boolean().optional(),
});

/** The networks by name. */
export const NETWORKS = ['dfsmn', 'separable', 'bifsmn', 'bifsmn-v2'] as const;

/** The schema of a config file; also what is stored. */
export const configSchema = z.strictObject({
  $schema: z.string().optional(),
  model: z.enum(NETWORKS).default('dfsmn'),
  /** Bits of weights and activations inside the network. */
  bits: z.union([z.literal(1), z.literal(8), z.literal(32)]).default(1),
  /** Options of the model function, such as `{ "channels": 64, "blocks": 4 }`. */
  modelOptions: z.record(z.string(), z.unknown()).default({}),
  /** Depths at which the network of one file can be run, trained together, the full one first. Only BiFSMN has more than one. */
  levels: z.array(z.enum(BIFSMN_LEVELS)).min(1).max(BIFSMN_LEVELS.length).default(['1x']),
  /** `trained.bitvox` in the run folder of a network that reads the same frames: the student learns from it. */
  teacher: z.string().nullable().default(null),
  distillation: distillationSchema.default({ weight: 0.5, temperature: 4 }),
  /** `trained.bitvox` in the run folder of a network to start from: whatever has the name and the shape of a tensor of the network. */
  initial: z.string().nullable().default(null),
  epochs: z.int().min(1).max(10_000).default(30),
  batch: z.int().min(1).max(4096).default(128),
  seed: z.int().default(1),
  /** `adamw`, or `sgd` with momentum 0.9. */
  optimizer: z.enum(['adamw', 'sgd']).default('adamw'),
  learningRate: z.number().positive().max(1),
  /** Multiplies the learning rate of thresholds and slopes that binarizers learn. */
  slowRate: share.default(0.1),
  weightDecay: z.number().min(0).max(10),
  /** Share of all steps in which the learning rate grows. */
  warmup: share.default(0.05),
  labelSmoothing: z.number().min(0).max(0.9),
  /** Latent weights of 1-bit layers stay within plus or minus this; `null` for no bound. */
  latentBound: z.number().positive().max(100).nullable().default(1.5),
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

/** Everything that decides a training. */
export type TrainingConfig = z.infer<typeof configSchema>;

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
