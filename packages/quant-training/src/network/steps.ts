/** The steps of a network: training, evaluation, calibration, and that of a teacher. Their inputs and outputs have fixed names. */
import type { Graph } from '@bitvox/graph';
import { add, multiply } from '../ir/ops/binary.ts';
import { buildStep } from '../ir/step.ts';
import type { Optimizer, StepGraph, Value } from '../ir/types.ts';
import { withLabel } from '../ir/value.ts';
import { crossEntropy } from '../losses/index.ts';
import type { Mask } from './leaves.ts';
import type { Trainable } from './levels.ts';
import { buildNetworks, type Network } from './network.ts';
import { type DistillationSettings, featureName, teachingLoss } from './teaching.ts';

/** Output of every step but calibration: `[classes][clips]`, of the first level. */
export const LOGITS = 'logits';
/** Output of a training step: one number. */
export const LOSS = 'loss';
/** Input of a training step: distributions `[classes][clips]`. */
export const TARGETS = 'targets';

/** Weight of the loss of each level, from the full network on, unless told (BiFSMN, arXiv 2202.06483): halved from one to the next. */
export const LEVEL_WEIGHTS = [1, 0.5, 0.25, 0.125] as const;

/** What a training step computes beside the network. */
export interface TrainingStepOptions {
  /** Clips per step. */
  readonly batch: number;
  readonly optimizer: Optimizer;
  /** Share of the uniform distribution in the targets, in [0, 1). Default 0. */
  readonly labelSmoothing?: number;
  readonly distillation?: DistillationSettings;
  /** Weight of the loss of each level; default 1, 0.5, 0.25, 0.125. */
  readonly levelWeights?: readonly number[];
}

/** A step and the masks that it wants to be fed. */
export interface TrainingStep extends StepGraph {
  readonly masks: readonly Mask[];
}

/**
 * Forward pass of all levels with batch statistics, the sum of their losses, gradients and one update. Inputs `inputs` `[channels, batch, 1, frames]`,
 * `targets`, what a teacher gives (`teacher-logits`, `teacher-feature/<node>`), the masks, and `progress` where a quantizer asks for it; outputs `loss` and `logits`.
 * @throws TrainingError `TRAIN_NETWORK`, `TRAIN_QUANTIZER` or `TRAIN_ATTRIBUTE` for what the network or the options ask in vain.
 */
export function trainingStep(network: Trainable, options: TrainingStepOptions): TrainingStep {
  const { batch, optimizer, labelSmoothing = 0, distillation, levelWeights = LEVEL_WEIGHTS } = options;
  const { levels, leaves } = buildNetworks(network, { batch, phase: 'training' });
  const { input } = leaves.contextOf('');
  const lossOf = (level: Network): Value => {
    const { logits } = level;
    const fromLabels = crossEntropy(logits, input(TARGETS, logits.shape), { labelSmoothing });
    return distillation === undefined ? fromLabels : teachingLoss(level, fromLabels, distillation, input);
  };
  const loss = withLabel(LOSS, () => levels.map((level, at) => multiply(lossOf(level), levelWeights[at]!)).reduce(add));
  const { masks, stateUpdates } = leaves;
  return { ...buildStep({ outputs: { [LOSS]: loss, [LOGITS]: levels[0]!.logits }, stateUpdates, training: { loss, optimizer } }), masks };
}

/** Forward pass with running statistics. Input `inputs`, output `logits`. */
export function evaluationStep(graph: Graph, batch: number): StepGraph {
  return teacherStep(graph, { batch, features: [] });
}

/** What a teacher's step is made for. */
export interface TeacherStepOptions {
  /** Clips per step. */
  readonly batch: number;
  /** Nodes whose values a student is to resemble. */
  readonly features: readonly string[];
  /** Statistics of the batch and dropout, as if the teacher were trained itself. Default false. */
  readonly batchStatistics?: boolean;
}

/** Forward pass of a teacher. Input `inputs` (and masks, if it drops), outputs `logits` and `teacher-feature/<node>`. */
export function teacherStep(graph: Graph, { batch, features, batchStatistics = false }: TeacherStepOptions): TrainingStep {
  const { levels, leaves } = buildNetworks(graph, { batch, phase: batchStatistics ? 'training' : 'evaluation' });
  const { logits, values } = levels[0]!;
  const outputs = Object.fromEntries(features.map((node) => [featureName(node), values.get(node)!]));
  return { ...buildStep({ outputs: { [LOGITS]: logits, ...outputs } }), masks: leaves.masks };
}

/** The output of a calibration step that belongs to a node with running statistics: what these are a mean of. */
export function statisticsOutput(node: string): string {
  return `statistics/${node}`;
}

/** Forward pass of all levels with batch statistics, which are its outputs. Input `inputs`. */
export function calibrationStep(network: Trainable, batch: number): StepGraph {
  const { leaves } = buildNetworks(network, { batch, phase: 'calibration' });
  return buildStep({ outputs: Object.fromEntries([...leaves.statistics].map(([node, value]) => [statisticsOutput(node), value])) });
}
