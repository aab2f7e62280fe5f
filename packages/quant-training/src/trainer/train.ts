/**
 * The trainer: an asynchronous generator of typed events. It does nothing while nobody asks for the next event, prints nothing, and stops when
 * its consumer leaves the loop or a signal is aborted.
 * Invariant: the weights after step n are a function of graph, recipe, data and initial tensors; a resumed training gives the same bits.
 */
import { checkLevels, type Graph, type Level, type Tensor } from '@bitvox/graph';
import { TrainingError } from '../errors.ts';
import type { Executor } from '../ir/types.ts';
import { nodesOf } from '../network/levels.ts';
import { tensorsOf } from '../network/slots.ts';
import { learningRates } from '../schedules/index.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { EvaluationData, TrainingData } from './data.ts';
import type { EpochEvent, StepEvent, TrainingEvent } from './events.ts';
import { Feeder } from './feeder.ts';
import { NOTHING, Progress } from './progress.ts';
import { checkRecipe, type Recipe } from './recipe.ts';
import { TrainingRun } from './run.ts';
import type { Teacher } from './teacher.ts';

/** What is trained, on what, how, and by what. */
export interface TrainOptions {
  readonly graph: Graph;
  /** Levels of a network that can be thinned, to be trained together; the first is `graph`. */
  readonly levels?: readonly Level[];
  readonly data: TrainingData;
  readonly validation?: EvaluationData;
  readonly recipe: Recipe;
  readonly executor: Executor;
  /** Tensors to start from; default `initialize(graph, recipe.seed)`. A float twin is a good start for a binary network. */
  readonly initial?: ReadonlyMap<string, Tensor>;
  readonly teacher?: Teacher;
  /** Go on from here; graph and recipe have to be the same. */
  readonly checkpoint?: Checkpoint;
  /** Epochs between two `checkpoint` events; 0 for none. Default 1. */
  readonly checkpointEvery?: number;
  /** An abort takes effect before the next step: a `stopped` event with a checkpoint ends the training. */
  readonly signal?: AbortSignal;
}

/** The steps of one epoch, from the position on. Ends early, without an epoch event, when the signal is aborted. */
async function* runEpoch(options: TrainOptions, run: TrainingRun, progress: Progress): AsyncGenerator<StepEvent | EpochEvent, void, undefined> {
  const { data, recipe, signal } = options;
  const rates = learningRates(recipe.schedule);
  const { epoch } = progress.position;
  const began = performance.now();
  const feeder = new Feeder(data, epoch, progress.position.batch);
  try {
    while (progress.position.batch < data.batchesPerEpoch) {
      if (signal?.aborted === true) return;
      const started = performance.now();
      const number = progress.position.step + 1;
      await run.feed(await feeder.take(), number);
      feeder.prefetch();
      const learningRate = rates(number);
      const { loss, correct } = await run.step(number, learningRate);
      const { batch: clips } = recipe;
      const { tally } = progress;
      progress.tally = { clips: tally.clips + clips, correct: tally.correct + correct, loss: tally.loss + loss * clips };
      progress.position = { epoch, batch: progress.position.batch + 1, step: number };
      const elapsed = performance.now() - started;
      const waiting = Math.min(feeder.waited() / elapsed, 1);
      yield { type: 'step', epoch, step: number, loss, accuracy: correct / clips, learningRate, clipsPerSecond: (1000 * clips) / elapsed, waiting };
    }
  } finally {
    await feeder.close();
  }
  const { clips, correct, loss } = progress.tally;
  yield { type: 'epoch', epoch, loss: loss / clips, accuracy: correct / clips, seconds: (performance.now() - began) / 1000 };
}

async function* runEpochs(options: TrainOptions, run: TrainingRun): AsyncGenerator<TrainingEvent, void, undefined> {
  const { graph, levels, data, validation, recipe, signal, checkpointEvery = 1 } = options;
  const network = levels ?? graph;
  const progress = new Progress({ ...options, network }, run);
  progress.start();
  const parameters = nodesOf(network)
    .flatMap((node) => node.tensors)
    .reduce((total, { trainable, shape }) => total + (trainable ? shape.reduce((product, size) => product * size, 1) : 0), 0);
  const { epochs, validateEvery = 1 } = recipe;
  yield { type: 'start', parameters, bytes: run.bytes, epochs, steps: epochs * data.batchesPerEpoch, finishedSteps: progress.position.step };
  while (progress.position.epoch < epochs) {
    const { epoch } = progress.position;
    yield* runEpoch(options, run, progress);
    if (signal?.aborted === true && progress.position.batch < data.batchesPerEpoch) {
      yield { type: 'stopped', checkpoint: progress.checkpoint() };
      return;
    }
    const isLast = epoch + 1 === epochs;
    if (validation !== undefined && (isLast || (epoch + 1) % validateEvery === 0)) yield await progress.validate(epoch, validation);
    progress.position = { epoch: epoch + 1, batch: 0, step: progress.position.step };
    progress.tally = NOTHING;
    if (checkpointEvery > 0 && (isLast || (epoch + 1) % checkpointEvery === 0)) yield { type: 'checkpoint', checkpoint: progress.checkpoint() };
  }
  const slots = progress.kept === null ? await run.handOut() : progress.keptSlots;
  const { epoch, accuracy } = progress.kept ?? { epoch: epochs - 1, accuracy: null };
  yield { type: 'done', tensors: tensorsOf(network, (slot) => slots.get(slot)!), epoch, accuracy, steps: progress.position.step };
}

/**
 * Trains a network. Iterate over the events; leaving the loop frees everything.
 *
 * @throws TrainingError `TRAIN_RECIPE`, `TRAIN_NETWORK`, `TRAIN_QUANTIZER`, `TRAIN_TENSOR`, `TRAIN_CHECKPOINT` before the first event, `TRAIN_DATA` for a
 * batch that does not fit, `TRAIN_NOT_FINITE` when the loss is not a finite number.
 */
export async function* train(options: TrainOptions): AsyncGenerator<TrainingEvent, void, undefined> {
  const { graph, levels, recipe, executor, data, teacher } = options;
  checkRecipe(recipe);
  if (!Number.isSafeInteger(data.batchesPerEpoch) || data.batchesPerEpoch < 1) {
    throw new TrainingError('TRAIN_DATA', `got ${data.batchesPerEpoch} batches per epoch, wanted an integer of at least 1`);
  }
  if (levels !== undefined && checkLevels(levels)[0]!.graph !== graph) throw new TrainingError('TRAIN_NETWORK', 'the graph is not that of the first level');
  const run = await TrainingRun.open({ network: levels ?? graph, recipe, executor, data, teacher });
  try {
    yield* runEpochs(options, run);
  } finally {
    run.dispose();
  }
}
