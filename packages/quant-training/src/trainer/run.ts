/**
 * The machinery of one training: the compiled step with everything around it (teacher, average, predictor, calibrator), but no order of events.
 * Invariant: what a step does is determined by the slots, the batch and the number of the step.
 */
import { type Graph, outputOf, type Tensor } from '@bitvox/graph';
import { TrainingError } from '../errors.ts';
import type { CompiledStep, Executor } from '../ir/types.ts';
import { INPUTS } from '../network/ops/input.ts';
import { writeSlots } from '../network/slots.ts';
import { evaluationStep, LOGITS, LOSS, TARGETS, TEACHER_LOGITS, trainingStep, type TrainingStep } from '../network/steps.ts';
import { MovingAverage } from './average.ts';
import { Calibrator } from './calibrate.ts';
import { type Batch, checkBatch, type EvaluationData, type TrainingData } from './data.ts';
import { drawMasks, fillTargets } from './feed.ts';
import { createPredictor, type Measurement, Predictor } from './predictor.ts';
import { type Recipe, recipeOptimizer } from './recipe.ts';
import { countCorrect } from './score.ts';

/** Data by slot. */
export type Slots = ReadonlyMap<string, Float32Array>;

/** A network that another one learns from: float tensors of any graph with the same inputs and classes. */
export interface Teacher {
  readonly graph: Graph;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/** What a run is made of. */
export interface RunOptions {
  readonly graph: Graph;
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

function latentSlots(graph: Graph): string[] {
  return graph.nodes.flatMap(({ name, tensors }) =>
    tensors.filter(({ role, bits }) => role === 'weight' && bits === 1).map(({ role }) => `parameter/${name}/${role}`),
  );
}

function checkTeacher({ graph }: Teacher, student: Graph): void {
  const [theirs, ours] = [graph, student].map((network) => {
    const { channels, frames } = network.nodes[0]!.shape;
    return `${channels} x ${frames} inputs and ${outputOf(network).shape.channels} classes`;
  }) as [string, string];
  if (theirs !== ours) throw new TrainingError('TRAIN_NETWORK', `the teacher has ${theirs}, wanted ${ours}`);
}

/** A training that is ready to take steps. */
export class TrainingRun {
  readonly #options: RunOptions;
  readonly #description: TrainingStep;
  readonly #step: CompiledStep;
  readonly #teacher: Predictor | null;
  readonly #latent: readonly string[];
  #predictor: Predictor | null = null;
  #calibrator: Calibrator | null = null;
  #average: MovingAverage | null = null;
  #labels: Uint8Array | Int32Array = new Uint8Array(0);

  private constructor(options: RunOptions, description: TrainingStep, step: CompiledStep, teacher: Predictor | null) {
    this.#options = options;
    this.#description = description;
    this.#step = step;
    this.#teacher = teacher;
    this.#latent = options.recipe.latentBound === undefined ? [] : latentSlots(options.graph);
  }

  /** Compiles everything that training needs. */
  static async open(options: RunOptions): Promise<TrainingRun> {
    const { graph, recipe, executor, teacher } = options;
    const { batch, labelSmoothing = 0, distillation } = recipe;
    if ((teacher === undefined) !== (distillation === undefined)) {
      throw new TrainingError(
        'TRAIN_RECIPE',
        `got ${teacher === undefined ? 'distillation without a teacher' : 'a teacher without distillation'}, wanted both or none`,
      );
    }
    if (teacher !== undefined) checkTeacher(teacher, graph);
    const optimizer = recipeOptimizer(graph, recipe);
    const description = trainingStep(graph, { batch, labelSmoothing, optimizer, ...(distillation === undefined ? {} : { distillation }) });
    const teaching = teacher === undefined ? null : await createPredictor(teacher.graph, teacher.tensors, { executor, batch });
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
    checkBatch(this.#options.graph, batch, this.#options.recipe.batch);
    this.#labels = batch.labels.slice();
    this.#step.input(INPUTS).set(batch.inputs);
    fillTargets(this.#step.input(TARGETS), batch.labels);
    drawMasks(this.#step, this.#description.masks, this.#options.recipe.seed, number);
    if (this.#teacher !== null) this.#step.input(TEACHER_LOGITS).set(await this.#teacher.predict(batch.inputs, batch.labels.length));
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
    const bound = this.#options.recipe.latentBound ?? Infinity;
    for (const slot of this.#latent)
      this.#step.write(
        slot,
        this.#step.read(slot).map((weight) => Math.min(Math.max(weight, -bound), bound)),
      );
    this.#average?.update(number, (slot) => this.#step.read(slot));
    return { loss, correct: countCorrect(this.#step.output(LOGITS), this.#labels) };
  }

  /** The slots that would be handed out now: averaged if the recipe says so, statistics measured anew if it says so. */
  async handOut(): Promise<Map<string, Float32Array>> {
    const { graph, executor, data, recipe } = this.#options;
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
    this.#calibrator ??= await Calibrator.compile(graph, executor, recipe.batch);
    return this.#calibrator.calibrate(slots, data.epoch(0), count);
  }

  /** Measures slots on labelled data. */
  async measure(slots: Slots, data: EvaluationData): Promise<Measurement> {
    const { graph, executor, recipe } = this.#options;
    this.#predictor ??= new Predictor(graph, await executor.compile(evaluationStep(graph, recipe.batch)), recipe.batch);
    this.#predictor.load(slots);
    return this.#predictor.measure(data.batches());
  }

  dispose(): void {
    for (const part of [this.#step, this.#teacher, this.#predictor, this.#calibrator]) part?.dispose();
  }
}
