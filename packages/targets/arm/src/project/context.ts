/** What the files of a project are written from: the planned network with its texts, the front end, the timing of decisions. */
import { checkFeatureConfig, type FeatureConfig, frontEndTables, type FrontEndTables } from '@bitvox/features';
import { Decider, type Program, SCORE_ONE } from '@bitvox/runtime';
import { INTEGER_BYTES } from '../c-text.ts';
import type { CoreName } from '../cores.ts';
import { ArmError } from '../errors.ts';
import { type NamedArray, type NetworkPlan, planNetwork } from '../network/plan.ts';
import { stepText, type StepText } from '../network/step-function.ts';

/** The front end of a project. */
export interface ProjectFrontEnd {
  readonly config: FeatureConfig;
  readonly tables: FrontEndTables;
}

/** Decisions in units of score frames and scores. */
export interface ProjectDecision {
  readonly window: number;
  readonly pause: number;
  /** 0 to 32767 by label, -1 for never. */
  readonly thresholds: readonly number[];
}

/** Everything the files need. */
export interface ProjectContext {
  readonly plan: NetworkPlan;
  /** `plan.project` in capitals, the prefix of macros. */
  readonly macro: string;
  readonly steps: readonly StepText[];
  readonly frontEnd: ProjectFrontEnd | null;
  readonly decision: ProjectDecision;
  /** Samples per second, samples of a frame and between frames; without a front end in milliseconds. */
  readonly time: { readonly rate: number; readonly window: number; readonly hop: number };
  /** Constant arrays of all steps, those with the largest elements first. */
  readonly weights: readonly NamedArray[];
}

const MAXIMUM_HISTORY = 2 ** 20;

function frontEndOf(program: Program): ProjectFrontEnd | null {
  if (Object.keys(program.features).length === 0) return null;
  const config = checkFeatureConfig(program.features);
  return { config, tables: frontEndTables(config) };
}

function decisionOf({ decision, labels, tensors, output }: Program, time: ProjectContext['time']): ProjectDecision {
  const step = (tensors[output]!.hop * time.hop * 1000) / time.rate;
  // Checks settings and labels.
  const checked = new Decider(labels, decision, step);
  checked.reset();
  const window = Math.max(1, Math.round(decision.smoothing / step));
  if (window * labels.length > MAXIMUM_HISTORY) throw new ArmError('ARM_SIZE', `smoothing over ${window} score frames of ${labels.length} labels.`);
  const thresholds = labels.map((label) => (Object.hasOwn(decision.thresholds, label) ? Math.round(decision.thresholds[label]! * SCORE_ONE) : -1));
  return { window, pause: Math.round(decision.refractory / step), thresholds };
}

/** Plans a project. Throws what planning the network, checking its front end and checking its decisions throw. */
export function projectContext(program: Program, core: CoreName, project: string, preferred: readonly string[] = []): ProjectContext {
  const plan = planNetwork(program, core, project, preferred);
  const frontEnd = frontEndOf(program);
  const time =
    frontEnd === null ? { rate: 1000, window: 10, hop: 10 } : { rate: frontEnd.config.sampleRate, window: frontEnd.config.window, hop: frontEnd.config.hop };
  const steps = plan.steps.map((step) => stepText(step, project));
  const weights = bySize([...steps.flatMap(({ arrays }) => arrays), ...plan.tensors.flatMap(({ fill }) => (fill === null ? [] : [fill]))]);
  checkNames(weights);
  return {
    plan,
    macro: project.toUpperCase(),
    steps,
    frontEnd,
    decision: decisionOf(program, time),
    time,
    weights,
  };
}

/** Largest elements first, so that a structure of them has no gaps and its bytes are its checksum. */
function bySize(arrays: readonly NamedArray[]): readonly NamedArray[] {
  return arrays.toSorted((a, b) => INTEGER_BYTES[b.type] - INTEGER_BYTES[a.type]);
}

/** Layers whose names differ by what is appended to them, such as `a` and `a_bit0`, could share a name. */
function checkNames(arrays: readonly NamedArray[]): void {
  const names = arrays.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new ArmError('ARM_NAME', `two layers would share the C name "${twice}"; rename one of them.`);
}
