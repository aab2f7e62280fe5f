/**
 * The machinery of one training: the compiled step with everything around it (teacher, average, predictor, calibrator), but no order of events.
 * Invariant: what a step does is determined by the slots, the batch and the number of the step.
 */
import { TrainingError } from '../errors.ts';
import type { CompiledStep, Executor } from '../ir/types.ts';
import { type Bound, boundsOf } from '../network/bounds.ts';
import { PROGRESS } from '../network/leaves.ts';
import { asLevels, fullGraph, type Trainable } from '../network/levels.ts';
import { INPUTS } from '../network/ops/input.ts';
import { writeSlots } from '../network/slots.ts';
import { evaluationStep, LEVEL_WEIGHTS, LOGITS, LOSS, TARGETS, trainingStep, type TrainingStep } from '../network/steps.ts';
import { MovingAverage } from './average.ts';
import { Calibrator } from './calibrate.ts';
import { type Batch, checkBatch, type EvaluationData, type TrainingData } from './data.ts';
import { drawMasks, fillTargets } from './feed.ts';
import type { LevelMeasurement } from './events.ts';
import { Predictor } from './predictor.ts';
import { type Recipe, recipeOptimizer } from './recipe.ts';
import { countCorrect } from './score.ts';
import { RunningTeacher, type Teacher } from './teacher.ts';

/** Data by slot. */
export type Slots = ReadonlyMap<string, Float32Array>;

/** What a run is made of. */
export interface RunOptions {
  readonly network: Trainable;
  readonly recipe: Recipe;
  readonly executor: Executor;
  readonly data: TrainingData;
  readonly teacher?: Teacher | undefined;
}

/** What one step gave. */
export interface StepResult {
  readonly loss: number;
  readonly correct: number;
}

const AVERAGE = 'average/';
const STATE = /^(?:parameter|state)\//;

/** A training that is ready to take steps. */
export class TrainingRun {
  readonly #options: RunOptions;
  readonly #description: TrainingStep;
  readonly #step: CompiledStep;
  readonly #teacher: RunningTeacher | null;
  readonly #bounds: readonly Bound[];
  #predictors: readonly Predictor[] | null = null;
  #calibrator: Calibrator | null = null;
  #average: MovingAverage | null = null;
  #labels: Uint8Array | Int32Array = new Uint8Array(0);

  private constructor(options: RunOptions, description: TrainingStep, step: CompiledStep, teacher: RunningTeacher | null) {
    this.#options = options;
    this.#description = description;
    this.#step = step;
    this.#teacher = teacher;
    this.#bounds = boundsOf(options.network, options.recipe.latentBound);
  }

  /** Compiles everything that training needs. */
  static async open(options: RunOptions): Promise<TrainingRun> {
    const { network, recipe, executor, teacher } = options;
    const { batch, labelSmoothing = 0, distillation, levelWeights = LEVEL_WEIGHTS } = recipe;
    const levels = asLevels(network).length;
    if (levelWeights.length < levels)
      throw new TrainingError('TRAIN_RECIPE', `levelWeights: got ${levelWeights.length} of them, wanted one for each of ${levels} levels`);
    const optimizer = recipeOptimizer(network, recipe);
    const description = trainingStep(network, { batch, labelSmoothing, optimizer, levelWeights, ...(distillation === undefined ? {} : { distillation }) });
    const teaching = await RunningTeacher.open(teacher, recipe, fullGraph(network), executor);
    return new TrainingRun(options, description, await executor.compile(description), teaching);
  }

  /** Bytes of the training step. */
  get bytes(): number {
    return this.#step.bytes;
  }

  /** Puts slots in place, as `slots` gave them or as tensors make them; moments and averages that are not given start anew. */
  load(slots: Slots): void {
    writeSlots(this.#step, slots);
    const { average } = this.#options.recipe;
    if (average === undefined) return;
    const names = this.#step.slots().filter((slot) => STATE.test(slot));
    this.#average = new MovingAverage(average, new Map(names.map((slot) => [slot, slots.get(AVERAGE + slot) ?? this.#step.read(slot)])));
  }

  /** Copies of all slots, averages under `average/`. */
  slots(): Map<string, Float32Array> {
    const slots = new Map(this.#step.slots().map((slot) => [slot, this.#step.read(slot)]));
    for (const [slot, data] of this.#average?.slots ?? []) slots.set(AVERAGE + slot, data.slice());
    return slots;
  }

  /** Hands the batch of step `number` (from 1) to the step. Afterwards the batch is not needed any more. */
  async feed(batch: Batch, number: number): Promise<void> {
    const { network, recipe } = this.#options;
    checkBatch(fullGraph(network), batch, recipe.batch);
    this.#labels = batch.labels.slice();
    this.#step.input(INPUTS).set(batch.inputs);
    fillTargets(this.#step.input(TARGETS), batch.labels);
    drawMasks(this.#step, this.#description.masks, recipe.seed, number);
    if (this.#description.inputs.some(({ attributes }) => attributes.name === PROGRESS)) this.#step.input(PROGRESS).fill(this.#progress(number));
    await this.#teacher?.feed(this.#step, batch, number);
  }

  /** The share of the training that is over before step `number`. */
  #progress(number: number): number {
    const { recipe, data } = this.#options;
    return (number - 1) / (recipe.epochs * data.batchesPerEpoch);
  }

  /**
   * Takes one step on what was fed.
   * @throws TrainingError `TRAIN_NOT_FINITE` if the loss or a gradient is not finite; it names the operation that started it.
   */
  async step(number: number, learningRate: number): Promise<StepResult> {
    await this.#step.run({ learningRate, step: number });
    const loss = this.#step.output(LOSS)[0]!;
    const origin = await this.#step.firstNonFinite();
    if (!Number.isFinite(loss) || origin !== null) {
      const place = origin === null ? '' : `, first at ${origin}`;
      throw new TrainingError('TRAIN_NOT_FINITE', `step ${number} at a learning rate of ${learningRate} gave a loss of ${loss}${place}`);
    }
    for (const { slot, low, high } of this.#bounds)
      this.#step.write(
        slot,
        this.#step.read(slot).map((number) => Math.min(Math.max(number, low), high)),
      );
    this.#average?.update(number, (slot) => this.#step.read(slot));
    return { loss, correct: countCorrect(this.#step.output(LOGITS), this.#labels) };
  }

  /** The slots that would be handed out now: averaged if the recipe says so, statistics measured anew if it says so. */
  async handOut(): Promise<Map<string, Float32Array>> {
    const { network, executor, data, recipe } = this.#options;
    const source =
      this.#average?.slots ??
      new Map(
        this.#step
          .slots()
          .filter((slot) => STATE.test(slot))
          .map((slot) => [slot, this.#step.read(slot)]),
      );
    const slots = new Map([...source].map(([slot, values]) => [slot, values.slice()]));
    const count = recipe.calibrationBatches ?? 0;
    if (count === 0) return slots;
    this.#calibrator ??= await Calibrator.compile(network, executor, recipe.batch);
    return this.#calibrator.calibrate(slots, data.epoch(0), count);
  }

  /** Measures slots on labelled data, at every level. */
  async measure(slots: Slots, data: EvaluationData): Promise<[LevelMeasurement, ...LevelMeasurement[]]> {
    const { network, executor, recipe } = this.#options;
    const levels = asLevels(network);
    this.#predictors ??= await Promise.all(
      levels.map(async ({ graph }) => new Predictor(graph, await executor.compile(evaluationStep(graph, recipe.batch)), recipe.batch)),
    );
    const measurements: LevelMeasurement[] = [];
    for (const [at, predictor] of this.#predictors.entries()) {
      predictor.load(slots);
      measurements.push({ level: levels[at]!.name, ...(await predictor.measure(data.batches())) });
    }
    return measurements as [LevelMeasurement, ...LevelMeasurement[]];
  }

  dispose(): void {
    for (const part of [this.#step, this.#teacher, this.#calibrator, ...(this.#predictors ?? [])]) part?.dispose();
  }
}
