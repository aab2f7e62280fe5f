/**
 * From pictures to a model: recipe, batches, training, freezing. Pure but for the time it takes: the same pictures and config give the same model.
 */
import { batchCount, batches, type SpectrogramAugmentation, type SpectrogramSet } from '@bitvox/datasets';
import { SPEC98X40 } from '@bitvox/features';
import { checkModel, type DecisionSettings, type Graph, type Level, type Model, shortenFloats, type Tensor } from '@bitvox/graph';
import {
  adamw,
  type Checkpoint,
  type DistillationSettings,
  equalisePriors,
  type Executor,
  freeze,
  type GroupRule,
  initializeFrom,
  type Recipe,
  sgd,
  train,
  type TrainingData,
  type TrainingEvent,
} from '@bitvox/quant-training';
import { Random } from '@bitvox/ternary-prng';
import { CliError } from '../errors.ts';
import { levelsOf, type TrainingConfig } from './config.ts';

/** What is trained on, and by what. */
export interface TrainingInput {
  readonly config: TrainingConfig;
  readonly training: SpectrogramSet;
  readonly validation: SpectrogramSet | undefined;
  readonly executor: Executor;
  /** What the setting `teacher` names: a model with float tensors. */
  readonly teacher?: Model | undefined;
  /** What the setting `initial` names. */
  readonly initial?: Model | undefined;
  readonly checkpoint?: Checkpoint | undefined;
  readonly signal?: AbortSignal;
}

/** Clips of the training set that are only background, to mix under the others. */
function backgroundOf(set: SpectrogramSet): SpectrogramSet | undefined {
  const silence = set.labelNames.indexOf('silence');
  const indices = [...set.labels.keys()].filter((index) => set.labels[index] === silence);
  if (silence < 0 || indices.length === 0) return undefined;
  const size = set.frames * set.bands;
  const pixels = new Uint8Array(indices.length * size);
  indices.forEach((index, position) => pixels.set(set.pixels.subarray(index * size, (index + 1) * size), position * size));
  return { ...set, count: indices.length, pixels, labels: new Uint8Array(indices.length).fill(silence) };
}

function augmentationOf({ augmentation }: TrainingConfig, set: SpectrogramSet): SpectrogramAugmentation | undefined {
  if (augmentation === null) return undefined;
  const { noise, ...rest } = augmentation;
  const background = noise.probability > 0 ? backgroundOf(set) : undefined;
  return background === undefined ? rest : { ...rest, noise: { set: background, ...noise } };
}

/** Batches of an epoch, a function of the seed and the number of the epoch. */
function trainingData(config: TrainingConfig, set: SpectrogramSet): TrainingData {
  const augmentation = augmentationOf(config, set);
  const { batch: size, balanced, seed } = config;
  return {
    batchesPerEpoch: batchCount(set.count, size),
    epoch: (epoch) =>
      batches(set, {
        size,
        random: new Random(seed, 'epoch', epoch),
        order: balanced ? 'balanced' : 'shuffled',
        ...(augmentation === undefined ? {} : { augmentation }),
      }),
  };
}

function* wholeBatches(set: SpectrogramSet, size: number): Generator<{ inputs: Float32Array; labels: Int32Array }> {
  for (let start = 0; start < set.count; start += size) {
    const count = Math.min(size, set.count - start);
    const part = {
      ...set,
      count,
      pixels: set.pixels.subarray(start * set.frames * set.bands, (start + count) * set.frames * set.bands),
      labels: set.labels.subarray(start, start + count),
    };
    for (const batch of batches(part, { size: count, random: new Random(0), order: 'sequential' })) yield batch;
  }
}

/** Blocks whose outputs a student compares with its teacher's. */
const BLOCK = /^block-\d+$/;
/** Thresholds and slopes that binarizers learn. */
const SLOW = ['*/theta-*', '*/activation-alpha-*', '*/weight-alpha'] as const;

function distillationOf({ distillation }: TrainingConfig, graph: Graph): DistillationSettings {
  if (!('features' in distillation)) return distillation;
  return { ...distillation, nodes: graph.nodes.map(({ name }) => name).filter((name) => BLOCK.test(name)) };
}

function recipeOf(config: TrainingConfig, steps: number, graph: Graph): Recipe {
  const { seed, epochs, batch, optimizer, learningRate, slowRate, weightDecay, warmup, labelSmoothing, latentBound, average, bits, teacher } = config;
  return {
    seed,
    epochs,
    batch,
    optimizer: optimizer === 'sgd' ? sgd({ momentum: 0.9 }) : adamw(),
    schedule: { kind: 'cosine', peak: learningRate, floor: learningRate / 100, warmup: Math.round(warmup * steps), steps },
    weightDecay,
    groups: SLOW.map((match): GroupRule => ({ match, learningRateScale: slowRate })),
    labelSmoothing,
    ...(teacher === null ? {} : { distillation: distillationOf(config, graph) }),
    ...(bits === 1 && latentBound !== null ? { latentBound } : {}),
    ...(average > 0 ? { average } : {}),
    calibrationBatches: average > 0 ? 20 : 0,
  };
}

/** The levels of the network of the config for the labels of the training set. */
function networkOf({ config, training }: Pick<TrainingInput, 'config' | 'training'>): readonly Level[] {
  return levelsOf(config, training.labelNames.length);
}

/** Trains; the events are those of the trainer. @throws CliError `CLI_EMPTY` when there is less than one batch */
export function trainSpotter(input: TrainingInput): AsyncGenerator<TrainingEvent, void, undefined> {
  const { config, training, validation, executor, teacher, initial, checkpoint, signal } = input;
  const data = trainingData(config, training);
  if (data.batchesPerEpoch === 0) throw new CliError('CLI_EMPTY', `${training.count} clips do not fill a batch of ${config.batch}; choose a smaller --batch.`);
  const levels = networkOf(input);
  const { graph } = levels[0]!;
  return train({
    graph,
    ...(levels.length > 1 ? { levels } : {}),
    data,
    recipe: recipeOf(config, config.epochs * data.batchesPerEpoch, graph),
    executor,
    ...(teacher === undefined ? {} : { teacher }),
    ...(initial === undefined ? {} : { initial: initializeFrom(levels, config.seed, initial.tensors) }),
    ...(validation === undefined ? {} : { validation: { batches: () => wholeBatches(validation, config.batch) } }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Labels that are not words to report. */
const NOT_WORDS = new Set(['unknown', 'silence']);

/** Decision settings that a new model gets: every word at one threshold. */
export function defaultDecision(labels: readonly string[], threshold = 0.7): DecisionSettings {
  return {
    smoothing: 300,
    refractory: 750,
    thresholds: Object.fromEntries(labels.filter((label) => !NOT_WORDS.has(label)).map((label) => [label, threshold])),
  };
}

/** Examples of each label that the network saw: all alike where batches were balanced. */
function labelCounts({ config, training }: Pick<TrainingInput, 'config' | 'training'>): readonly number[] {
  const counts = new Array<number>(training.labelNames.length).fill(0);
  for (const label of training.labels) counts[label]!++;
  return config.balanced ? counts.fill(1) : counts;
}

type ModelInput = Pick<TrainingInput, 'config' | 'training'>;

function assemble(input: ModelInput, tensors: ReadonlyMap<string, Tensor>, provenance: Readonly<Record<string, unknown>>): Model {
  const levels = networkOf(input);
  const labels = input.training.labelNames;
  return checkModel({
    graph: levels[0]!.graph,
    ...(levels.length > 1 ? { levels } : {}),
    tensors,
    labels,
    features: { ...SPEC98X40 },
    decision: defaultDecision(labels),
    training: provenance,
  });
}

/** The tensors that training handed out as they are: what the settings `teacher` and `initial` of another training take. */
export function floatModelOf(input: ModelInput, trained: ReadonlyMap<string, Tensor>, provenance: Readonly<Record<string, unknown>>): Model {
  return assemble(input, trained, provenance);
}

/** A model of the tensors that training handed out: frozen, with front end, decisions and provenance. */
export function modelOf(input: ModelInput, trained: ReadonlyMap<string, Tensor>, provenance: Readonly<Record<string, unknown>>): Model {
  const levels = networkOf(input);
  const equalised = input.config.equalPriors ? equalisePriors(levels[0]!.graph, trained, labelCounts(input)) : trained;
  return shortenFloats(assemble(input, freeze(levels, equalised), provenance));
}
