/** The steps of a network: training, evaluation, calibration. Their inputs and outputs have fixed names. */
import type { Graph } from '@bitvox/graph';
import { add, multiply } from '../ir/ops/binary.ts';
import { input } from '../ir/ops/leaf.ts';
import { buildStep } from '../ir/step.ts';
import type { Optimizer, StepGraph } from '../ir/types.ts';
import { withLabel } from '../ir/value.ts';
import { crossEntropy, distillation } from '../losses/index.ts';
import { buildNetwork, type Mask } from './network.ts';

/** Output of every step but calibration: `[classes][clips]`. */
export const LOGITS = 'logits';
/** Output of a training step: one number. */
export const LOSS = 'loss';
/** Input of a training step: distributions `[classes][clips]`. */
export const TARGETS = 'targets';
/** Input of a training step with distillation: `[classes][clips]`. */
export const TEACHER_LOGITS = 'teacher-logits';

/** Learning from the logits of another network: `(1 - weight) cross-entropy + weight * distillation`. */
export interface DistillationSettings {
  /** 0 to 1. */
  readonly weight: number;
  readonly temperature: number;
}

/** What a training step computes beside the network. */
export interface TrainingStepOptions {
  /** Clips per step. */
  readonly batch: number;
  readonly optimizer: Optimizer;
  /** Share of the uniform distribution in the targets, in [0, 1). Default 0. */
  readonly labelSmoothing?: number;
  readonly distillation?: DistillationSettings;
}

/** A step and the masks that it wants to be fed. */
export interface TrainingStep extends StepGraph {
  readonly masks: readonly Mask[];
}

/**
 * Forward pass with batch statistics, loss, gradients and update. Inputs `inputs` `[channels, batch, 1, frames]`, `targets`, `teacher-logits` with
 * distillation, and the masks; outputs `loss` and `logits`.
 * @throws TrainingError `TRAIN_NETWORK`, `TRAIN_QUANTIZER` or `TRAIN_ATTRIBUTE` for what the graph or the options ask in vain.
 */
export function trainingStep(graph: Graph, { batch, optimizer, labelSmoothing = 0, distillation: settings }: TrainingStepOptions): TrainingStep {
  const { logits, masks, stateUpdates } = buildNetwork(graph, { batch, phase: 'training' });
  const loss = withLabel(LOSS, () => {
    const fromLabels = crossEntropy(logits, input(TARGETS, logits.shape), { labelSmoothing });
    if (settings === undefined) return fromLabels;
    const fromTeacher = distillation(logits, input(TEACHER_LOGITS, logits.shape), settings.temperature);
    return add(multiply(fromLabels, 1 - settings.weight), multiply(fromTeacher, settings.weight));
  });
  return { ...buildStep({ outputs: { [LOSS]: loss, [LOGITS]: logits }, stateUpdates, training: { loss, optimizer } }), masks };
}

/** Forward pass with running statistics. Input `inputs`, output `logits`. */
export function evaluationStep(graph: Graph, batch: number): StepGraph {
  return buildStep({ outputs: { [LOGITS]: buildNetwork(graph, { batch, phase: 'evaluation' }).logits } });
}

/** The output of a calibration step that belongs to a batch-norm node: `[2, c]`, mean and biased variance. */
export function statisticsOutput(node: string): string {
  return `statistics/${node}`;
}

/** Forward pass with batch statistics, which are its outputs. Input `inputs`. */
export function calibrationStep(graph: Graph, batch: number): StepGraph {
  const { statistics } = buildNetwork(graph, { batch, phase: 'calibration' });
  return buildStep({ outputs: Object.fromEntries([...statistics].map(([node, value]) => [statisticsOutput(node), value])) });
}
