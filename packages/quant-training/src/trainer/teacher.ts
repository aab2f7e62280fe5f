/** A teacher at work: what it makes of every batch is fed to the step of the student. No gradient and no slot of the training knows of it. */
import { type Graph, outputOf, type Tensor } from '@bitvox/graph';
import { TrainingError } from '../errors.ts';
import type { CompiledStep, Executor } from '../ir/types.ts';
import type { Mask } from '../network/leaves.ts';
import { slotData, writeSlots } from '../network/slots.ts';
import { LOGITS, teacherStep } from '../network/steps.ts';
import { checkFeatures, featureName, featuresOf, TEACHER_LOGITS } from '../network/teaching.ts';
import { INPUTS } from '../network/ops/input.ts';
import type { Batch } from './data.ts';
import { drawMasks } from './feed.ts';
import type { Recipe } from './recipe.ts';

/** A network that another one learns from: float tensors of any graph with the same inputs and classes, and the same features if these are compared. */
export interface Teacher {
  readonly graph: Graph;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

function checkTeacher({ graph }: Teacher, student: Graph): void {
  const [theirs, ours] = [graph, student].map((network) => {
    const { channels, frames } = network.nodes[0]!.shape;
    return `${channels} x ${frames} inputs and ${outputOf(network).shape.channels} classes`;
  }) as [string, string];
  if (theirs !== ours) throw new TrainingError('TRAIN_NETWORK', `the teacher has ${theirs}, wanted ${ours}`);
}

/** A compiled teacher. */
export class RunningTeacher {
  readonly #step: CompiledStep;
  readonly #masks: readonly Mask[];
  readonly #seed: number;
  /** Inputs of the student's step, and the outputs of the teacher's that belong there. */
  readonly #outputs: readonly (readonly [input: string, output: string])[];

  private constructor(step: CompiledStep, masks: readonly Mask[], seed: number, outputs: readonly (readonly [string, string])[]) {
    this.#step = step;
    this.#masks = masks;
    this.#seed = seed;
    this.#outputs = outputs;
  }

  /** Compiles a teacher for a recipe that distils; `null` for one that does not. Throws `TRAIN_RECIPE` if only one of both is there. */
  static async open(teacher: Teacher | undefined, recipe: Recipe, student: Graph, executor: Executor): Promise<RunningTeacher | null> {
    const { distillation: settings, batch, seed } = recipe;
    if (teacher === undefined && settings === undefined) return null;
    if (teacher === undefined || settings === undefined) {
      throw new TrainingError(
        'TRAIN_RECIPE',
        `got ${teacher === undefined ? 'distillation without a teacher' : 'a teacher without distillation'}, wanted both or none`,
      );
    }
    checkTeacher(teacher, student);
    checkFeatures(settings, teacher.graph, student);
    const features = featuresOf(settings);
    const batchStatistics = 'features' in settings && settings.batchStatistics === true;
    const description = teacherStep(teacher.graph, { batch, features, batchStatistics });
    const step = await executor.compile(description);
    writeSlots(step, slotData(teacher.graph, teacher.tensors));
    const needsLogits = !('features' in settings) || settings.logits === true;
    const outputs = [...(needsLogits ? [[TEACHER_LOGITS, LOGITS] as const] : []), ...features.map((node) => [featureName(node), featureName(node)] as const)];
    return new RunningTeacher(step, description.masks, seed, outputs);
  }

  /** Computes what the teacher makes of a batch, and hands it to the student's step `number`. */
  async feed(student: CompiledStep, batch: Batch, number: number): Promise<void> {
    this.#step.input(INPUTS).set(batch.inputs);
    drawMasks(this.#step, this.#masks, this.#seed, number);
    await this.#step.run({ learningRate: 0, step: 0 });
    for (const [input, output] of this.#outputs) student.input(input).set(this.#step.output(output));
  }

  dispose(): void {
    this.#step.dispose();
  }
}
