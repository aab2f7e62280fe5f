/** The plan of an exported network: a C name for everything, a kernel for every step, a ring for every tensor. */
import { outputsOf, type Program, type ProgramTensor, residualOf, type Step } from '@bitvox/runtime';
import { type ConstArray, identifier, INTEGER_BYTES, Names } from '../c-text.ts';
import type { CoreName } from '../cores.ts';
import { ArmError } from '../errors.ts';
import { type ArmKernel, type ArmStep, elementOf, frameElements, type KernelText, type StateArray } from '../kernels/kernel.ts';
import { packWords } from '../kernels/portable/weights.ts';
import { chooseKernel } from '../kernels/table.ts';
import { assignLanes } from './lanes.ts';
import { isPlayable, lastTap, planRings } from './schedule.ts';

/** A tensor with its ring in the state. */
export interface PlannedTensor {
  readonly tensor: ProgramTensor;
  /** 2 where it holds two binary terms of a value. */
  readonly terms: 1 | 2;
  /** What padded frames are, where that is not nothing. */
  readonly fill: NamedArray | null;
  /** Name of its member of the state, such as `block_0_add_i16`. */
  readonly name: string;
  /** Frames that the ring holds. */
  readonly depth: number;
  /** The lane of scratch memory that its frame lies in where nothing of it outlives a frame. */
  readonly lane: number | null;
  /** The C expression of its frames. */
  readonly frames: string;
}

/** A constant array with its name. */
export interface NamedArray extends ConstArray {
  readonly name: string;
}

/** A step with its kernel. */
export interface PlannedStep {
  readonly arm: ArmStep;
  readonly kernel: ArmKernel;
  readonly text: KernelText;
  /** Names of the kernel's own constant arrays. */
  readonly weights: readonly NamedArray[];
  readonly state: readonly (StateArray & { readonly name: string })[];
  readonly input: PlannedTensor;
  readonly residual: PlannedTensor | null;
  /** The factors of second terms, one in each frame. */
  readonly factors: PlannedTensor | null;
  readonly outputs: readonly PlannedTensor[];
}

/** Everything that the texts of a project are written from. */
export interface NetworkPlan {
  readonly program: Program;
  readonly core: CoreName;
  /** Prefix of every public name, such as `kws_dfsmn`. */
  readonly project: string;
  readonly tensors: readonly PlannedTensor[];
  readonly steps: readonly PlannedStep[];
}

/** Tensors that hold two binary terms of a value. */
const splitTensors = ({ steps }: Program): ReadonlySet<number> =>
  new Set(
    steps.flatMap(({ epilogue }) => (epilogue.kind === 'value' ? epilogue.outputs.flatMap(({ tensor, split }) => (split === null ? [] : [tensor])) : [])),
  );

/** A padded frame as it lies in memory. */
function fillArray({ format, channels, fill, name: node }: ProgramTensor, terms: 1 | 2, name: string): NamedArray | null {
  if (fill === null) return null;
  const type = elementOf(format);
  const values = type === 'uint32_t' ? packWords(fill, channels / terms) : fill;
  return { name: `${name}_fill`, role: 'fill', type, values, shape: `padded frame of ${node}` };
}

/** Bytes of the frames of a tensor, whole words of them. */
export function framesBytes({ tensor, terms, depth }: Pick<PlannedTensor, 'tensor' | 'terms' | 'depth'>): number {
  return 4 * Math.ceil((depth * frameElements(tensor, terms) * INTEGER_BYTES[elementOf(tensor.format)]) / 4);
}

/** The C expression of a pointer to a frame by its number. */
const frameCall = (tensor: string) => (number: string) => `${tensor}_frame(s, ${number})`;

interface NamedStep {
  readonly arm: ArmStep;
  readonly kernel: ArmKernel;
}

function nameSteps(program: Program, project: string, core: CoreName, tensorNames: readonly string[], preferred: readonly string[]): readonly NamedStep[] {
  const names = new Names();
  return program.steps.map((step: Step) => {
    const name = names.take(identifier(step.node));
    const arm: ArmStep = {
      step,
      input: program.tensors[step.input]!,
      outputs: outputsOf(step).map((output) => program.tensors[output]!),
      name,
      array: (role) => `${project}_weights.${name}_${role}`,
      member: (role) => `s->${name}_${role}`,
      frame: frameCall(tensorNames[step.input]!),
    };
    return { arm, kernel: chooseKernel(arm, core, preferred) };
  });
}

function checkProgram(program: Program, project: string): void {
  if (program.kind === 'float') throw new ArmError('ARM_FLOAT', `"${program.name}" has no quantizers.`);
  if (!/^[A-Za-z]\w{0,47}$/.test(project)) throw new ArmError('ARM_NAME', `got "${project.slice(0, 60)}".`);
  if (!isPlayable(program))
    throw new ArmError('ARM_SIZE', `"${program.name}" computes a frame every ${Math.max(...program.tensors.map(({ hop }) => hop))} input frames.`);
}

/**
 * Plans a network for a core.
 * @throws ArmError `ARM_FLOAT`, `ARM_NAME`, `ARM_KERNEL`, `ARM_SIZE`
 */
export function planNetwork(program: Program, core: CoreName, project: string, preferred: readonly string[] = []): NetworkPlan {
  checkProgram(program, project);
  const names = new Names();
  const tensorNames = program.tensors.map(({ name, format }) => names.take(`${identifier(name)}_${format}`));
  const steps = nameSteps(program, project, core, tensorNames, preferred);
  const { depths, passes } = planRings(
    program,
    steps.map(({ kernel }) => kernel.looksBack ?? 0),
  );
  const splits = splitTensors(program);
  const rings = program.tensors.map((tensor, index) => {
    const terms = splits.has(index) ? 2 : 1;
    const name = tensorNames[index]!;
    return { tensor, terms, name, depth: depths[index]!, fill: fillArray(tensor, terms, name) } as const;
  });
  const oversized = rings.find((ring) => ring.depth > 32_767 || framesBytes(ring) > 2 ** 24);
  if (oversized !== undefined)
    throw new ArmError('ARM_SIZE', `"${oversized.tensor.name}" needs ${oversized.depth} frames of ${oversized.tensor.channels} channels.`);
  const lanes = assignLanes(program, rings.map(framesBytes), passes);
  const tensors = rings.map((ring, index): PlannedTensor => {
    const lane = lanes[index]!;
    return { ...ring, lane, frames: lane === null ? `s->${ring.name}.frames` : `s->scratch.network.lane${lane}.${ring.name}` };
  });
  return {
    program,
    core,
    project,
    tensors,
    steps: steps.map(({ arm, kernel }): PlannedStep => {
      const residual = residualOf(arm.step);
      const factors = arm.step.terms?.scale;
      const named = <Part extends { readonly role: string }>(part: Part) => ({ ...part, name: `${arm.name}_${part.role}` });
      return {
        arm,
        kernel,
        text: kernel.emit(arm),
        weights: kernel.weights(arm).map(named),
        state: (kernel.state?.(arm) ?? []).map(named),
        input: tensors[arm.step.input]!,
        residual: residual === null ? null : tensors[residual]!,
        factors: typeof factors === 'number' ? tensors[factors]! : null,
        outputs: outputsOf(arm.step).map((output) => tensors[output]!),
      };
    }),
  };
}

/** Tensors that a step reads frame by frame beside its input. */
export const alignedTensors = ({ residual, factors }: PlannedStep): readonly PlannedTensor[] => [residual, factors].filter((tensor) => tensor !== null);

/** The C condition under which a step can compute its next frame. */
export function readyCondition(planned: PlannedStep): string {
  const { input, outputs } = planned;
  const { step } = planned.arm;
  const done = `s->${outputs[0]!.name}.ring.count`;
  const tap = lastTap(step);
  const scaled = step.window.stride === 1 ? done : `${done} * ${step.window.stride}`;
  const last = tap === 0 ? scaled : `${scaled} + ${tap}`;
  const reaches = `bitvox_reaches(&s->${input.name}.ring, ${last}, ${step.window.padding[1]})`;
  return [reaches, ...alignedTensors(planned).map(({ name }) => `s->${name}.ring.count > ${done}`)].join(' && ');
}
