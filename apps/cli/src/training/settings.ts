/** The settings of a training: what a config file may hold, with bounds, defaults and descriptions, from which the reference page is made. */
import { BIFSMN_LEVELS, BINARIZERS, type BinarizerName } from '@bitvox/models';
import { z } from 'zod';

const share = z.number().min(0).max(1);
const decibels = z.tuple([z.number().min(-60).max(60), z.number().min(-60).max(60)]);

const augmentationSchema = z.strictObject({
  timeShift: z.int().min(0).max(49).default(10).describe('Largest shift in frames of 10 ms.'),
  gain: decibels.default([-10, 6]).describe('Least and greatest change of level in decibels.'),
  noise: z
    .strictObject({ probability: share, gain: decibels })
    .default({ probability: 0.4, gain: [-20, 0] })
    .describe('Background of clips labelled `silence` mixed in: how often, and by how much their level is changed.'),
  timeMasks: z
    .strictObject({ count: z.int().min(0).max(8), longest: z.int().min(0).max(98) })
    .default({ count: 2, longest: 12 })
    .describe('Stretches of frames that are blanked.'),
  bandMasks: z
    .strictObject({ count: z.int().min(0).max(8), longest: z.int().min(0).max(40) })
    .default({ count: 2, longest: 7 })
    .describe('Groups of bands that are blanked.'),
});

const distance = z.number().min(0).max(1000);

/** What a student learns from a teacher beside its labels. */
const distillationSchema = z.union([
  z.strictObject({
    features: z
      .enum(['enhanced', 'independent'])
      .describe('How the outputs of blocks are compared: details of the teacher enhanced (BiFSMN), or details and rest independently (BiFSMNv2).'),
    weight: distance.default(0.01).describe('How much it counts beside the labels.'),
    logits: z.boolean().default(false).describe('Compare logits too.'),
    batchStatistics: z
      .boolean()
      .default(false)
      .describe("The teacher uses statistics of the batch and dropout, as the authors' code does, instead of being evaluated."),
  }),
  z.strictObject({
    weight: share.default(0.5),
    temperature: z.number().min(0.1).max(100).default(4).describe('Without `features`: softens the scores of both before they are compared.'),
  }),
]);

/** Options of `bifsmn`, of which those that the config says elsewhere are left out. */
export const bifsmnOptionsSchema = z.strictObject({
  blocks: z.int().min(4).max(64).multipleOf(4).default(8).describe('Blocks of the full network.'),
  channels: z.int().min(8).max(1024).default(128).describe('Channels between blocks.'),
  hidden: z.int().min(8).max(4096).default(256).describe('Channels inside a block.'),
  binarizer: z
    .enum(Object.keys(BINARIZERS) as [BinarizerName, ...BinarizerName[]])
    .optional()
    .describe("What happens at 1 bit; by default the network's own."),
  ends: z
    .union([z.literal(8), z.literal(32)])
    .default(8)
    .describe('Bits of the first and of the last layer at 1 bit.'),
  norms: z.enum(['level', 'shared']).default('level').describe('Batch norms inside a block: one for each depth, or one for all as in the papers.'),
  rectifier: z.enum(['prelu', 'mixed', 'relu']).default('prelu').describe('`mixed`, as in the teacher, has PReLU before skip connections and ReLU elsewhere.'),
  dropout: z.number().min(0).max(0.9).default(0).describe('Share of values dropped in hidden layers and before the classifier.'),
  causal: z.boolean().default(false).describe('No layer looks ahead, so that a stream waits less.'),
});

/** The networks by name. */
export const NETWORKS = ['dfsmn', 'separable', 'bifsmn', 'bifsmn-v2'] as const;

/** The schema of a config file; also what is stored. */
export const configSchema = z.strictObject({
  $schema: z.string().optional(),
  model: z.enum(NETWORKS).default('dfsmn').describe('The network.'),
  bits: z
    .union([z.literal(1), z.literal(8), z.literal(32)])
    .default(1)
    .describe('Bits of weights and activations inside the network.'),
  modelOptions: z.record(z.string(), z.unknown()).default({}).describe('Options of the model function, such as `{ "channels": 64, "blocks": 4 }`.'),
  levels: z
    .array(z.enum(BIFSMN_LEVELS))
    .min(1)
    .max(BIFSMN_LEVELS.length)
    .default(['1x'])
    .describe('Depths at which the network of one file can be run, trained together, the full one first. Only BiFSMN has more than one.'),
  teacher: z
    .string()
    .nullable()
    .default(null)
    .describe('`trained.bitvox` in the run folder of a network that reads the same frames: the student learns from it.'),
  distillation: distillationSchema
    .default({ weight: 0.5, temperature: 4 })
    .describe('How to learn from the teacher; each BiFSMN has the default of its paper.'),
  initial: z
    .string()
    .nullable()
    .default(null)
    .describe('`trained.bitvox` in the run folder of a network to start from: whatever has the name and the shape of a tensor of the network.'),
  epochs: z.int().min(1).max(10_000).default(30).describe('Passes over the data.'),
  batch: z.int().min(1).max(4096).default(128).describe('Clips per step.'),
  seed: z.int().default(1).describe('Names all randomness.'),
  optimizer: z.enum(['adamw', 'sgd']).default('adamw').describe('`adamw`, or `sgd` with momentum 0.9.'),
  learningRate: z.number().positive().max(1).describe('Peak of the learning rate; by default 0.01 at 1 bit, else 0.005.'),
  slowRate: share.default(0.1).describe('Multiplies the learning rate of thresholds and slopes that binarizers learn.'),
  weightDecay: z.number().min(0).max(10).describe('Decay of weights; by default 0 at 1 bit, else 0.01.'),
  warmup: share.default(0.05).describe('Share of all steps in which the learning rate grows.'),
  labelSmoothing: z.number().min(0).max(0.9).describe('Share of the target that all labels have in common; by default 0 at 1 bit, else 0.1.'),
  latentBound: z
    .number()
    .positive()
    .max(100)
    .nullable()
    .default(1.5)
    .describe('Latent weights of 1-bit layers stay within plus or minus this; `null` for no bound.'),
  average: z.number().min(0).max(0.99999).default(0.99).describe('Decay of the moving average of the weights that is handed out; 0 for none.'),
  balanced: z.boolean().default(false).describe('Every label equally often.'),
  equalPriors: z
    .boolean()
    .default(true)
    .describe('Take the frequencies of the labels out of the classifier, so that words, `unknown` and `silence` are equally likely beforehand.'),
  validationShare: z.number().min(0).max(0.5).default(0.1).describe('Share of speakers held out for validation where the data does not say.'),
  augmentation: augmentationSchema
    .nullable()
    .prefault({})
    .describe('Changes of every clip, drawn anew each time; `null` for none. Weaker by default at 1 bit.'),
});

/** Everything that decides a training. */
export type TrainingConfig = z.infer<typeof configSchema>;
