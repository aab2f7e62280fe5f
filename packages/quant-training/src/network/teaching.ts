/**
 * Learning from another network: from its logits (Hinton et al. 2015), or from the values of its nodes, compared by frequency with those of the student
 * (BiFSMN: arXiv 2202.06483, 2211.06987). What the teacher computed is fed to the step.
 */
import type { Graph } from '@bitvox/graph';
import { TrainingError } from '../errors.ts';
import { add, multiply } from '../ir/ops/binary.ts';
import type { Shape } from '../ir/shape.ts';
import type { Value } from '../ir/types.ts';
import { distillation, frequencyIndependent, highFrequencyEnhancement, meanSquaredError } from '../losses/index.ts';
import type { Network } from './network.ts';

/** Input of a training step with distillation: `[classes][clips]`. */
export const TEACHER_LOGITS = 'teacher-logits';

/** Learning from logits: `(1 - weight) cross-entropy + weight * distillation`. */
export interface LogitDistillation {
  /** 0 to 1. */
  readonly weight: number;
  readonly temperature: number;
}

/** Distances of features by name: `enhanced` is that of BiFSMN (high-frequency enhancement), `independent` that of BiFSMNv2. */
export const FEATURE_DISTANCES = { enhanced: highFrequencyEnhancement, independent: frequencyIndependent } as const;

/** Learning from features: `cross-entropy + weight * (sum of the distances of all features that a level has [+ mean squared error of the logits])`. */
export interface FeatureDistillation {
  readonly features: keyof typeof FEATURE_DISTANCES;
  /** At least 0; 0.01 in both papers. */
  readonly weight: number;
  /** Nodes of student and teacher whose values are compared. */
  readonly nodes: readonly string[];
  /** Compare logits too (BiFSMNv2 does). Default false. */
  readonly logits?: boolean;
  /** Let the teacher use statistics of the batch and dropout, as the authors' code does. Default false: it is evaluated. */
  readonly batchStatistics?: boolean;
}

/** How to learn from a teacher. */
export type DistillationSettings = LogitDistillation | FeatureDistillation;

/** Input of the student's step and output of the teacher's: the value of a node. */
export function featureName(node: string): string {
  return `teacher-feature/${node}`;
}

/** The nodes whose values the teacher has to hand over. */
export function featuresOf(settings: DistillationSettings): readonly string[] {
  return 'features' in settings ? settings.nodes : [];
}

/** Throws `TRAIN_NETWORK` if a node that is compared is missing in the teacher or has another shape in the student. */
export function checkFeatures(settings: DistillationSettings, teacher: Graph, student: Graph): void {
  for (const name of featuresOf(settings)) {
    const [theirs, ours] = [teacher, student].map((graph) => graph.nodes.find((node) => node.name === name)?.shape);
    if (theirs?.channels !== ours?.channels || theirs?.frames !== ours?.frames || theirs === undefined)
      throw new TrainingError('TRAIN_NETWORK', `node "${name}" is to be compared with the teacher's, wanted one of this name and of the same shape in both`);
  }
}

/** The loss of a level that learns from its labels and from a teacher; `input` gives what the teacher computed. */
export function teachingLoss(
  { logits, values }: Network,
  fromLabels: Value,
  settings: DistillationSettings,
  input: (name: string, shape: Shape) => Value,
): Value {
  const { weight } = settings;
  if (!('features' in settings)) {
    const fromTeacher = distillation(logits, input(TEACHER_LOGITS, logits.shape), settings.temperature);
    return add(multiply(fromLabels, 1 - weight), multiply(fromTeacher, weight));
  }
  const distance = FEATURE_DISTANCES[settings.features];
  const distances = settings.nodes.flatMap((node) => {
    const value = values.get(node);
    return value === undefined ? [] : [distance(value, input(featureName(node), value.shape))];
  });
  if (settings.logits === true) distances.push(meanSquaredError(logits, input(TEACHER_LOGITS, logits.shape)));
  return add(fromLabels, multiply(distances.reduce(add), weight));
}
