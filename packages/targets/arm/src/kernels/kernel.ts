/**
 * What a kernel is: a value that writes the C of one step. The list of them (`table.ts`) drives the choice, tests and counts.
 *
 * Names follow `<op>_<weights>x<activations>_<accumulator>__<implementation>`, the same string everywhere.
 *
 * The text of a call stands in a function of its own, in which these names are declared:
 *   `s`   the state of the network          `t`   number of the output frame, from 0
 *   `x`   one pointer per tap to the frame it reads, 0 where the tap lies in padding that contributes nothing; elements as `elementOf` says
 *   `z`   `int32_t[channels]`, uninitialised, for the accumulators
 *   `y0`, `y1` … one pointer per output tensor to the frame that is to be written, in the order of `outputsOf`
 *   `k`, `c`  `int32_t` loop variables
 * A step whose input has two binary terms executes the call once for each, on that term alone.
 * Invariant: after the call either every accumulator is exact (`writes: 'accumulators'`) or every output frame is (`'outputs'`).
 */
import type { ProgramTensor, Step, StepOp, TensorFormat } from '@bitvox/runtime';
import type { ConstArray, WordType } from '../c-text.ts';
import type { Core, CoreName } from '../cores.ts';
import type { PartName } from '../parts.ts';

/** The C type of an element of a frame. Bits are packed into words, least significant first; unused bits are 0. */
export function elementOf(format: TensorFormat): WordType {
  return ({ i8: 'int8_t', i16: 'int16_t', sign: 'uint32_t', bit: 'uint32_t', f32: 'uint32_t' } as const)[format];
}

/** Words that hold that many packed bits. */
export const wordsOf = (bits: number): number => Math.ceil(bits / 32);

/** Elements of one frame. The signs of every term begin at a word of their own. */
export function frameElements({ format, channels }: Pick<ProgramTensor, 'format' | 'channels'>, terms: 1 | 2 = 1): number {
  return elementOf(format) === 'uint32_t' ? terms * wordsOf(channels / terms) : channels;
}

/** C that copies a frame of bits to every further output of a layer of limits. */
export function copyBits({ epilogue, channels }: Step): readonly string[] {
  const copies = epilogue.kind === 'threshold' ? epilogue.outputs.length - 1 : 0;
  return Array.from({ length: copies }, (_, index) => `for (c = 0; c < ${wordsOf(channels)}; ++c) y${index + 1}[c] = y0[c];`);
}

/** A step as a kernel sees it. */
export interface ArmStep<Kind extends Step = Step> {
  readonly step: Kind;
  readonly input: ProgramTensor;
  readonly outputs: readonly ProgramTensor[];
  /** Prefix of the step's identifiers, such as `block_0_memory`. */
  readonly name: string;
  /** The C expression of a constant array that `weights` has given. */
  readonly array: (role: string) => string;
  /** The C expression of a member of the state that `state` has asked for. */
  readonly member: (role: string) => string;
  /** The C expression of a pointer to an input frame by its number; outside of the signal what padding is, or 0 where it contributes nothing. */
  readonly frame: (number: string) => string;
}

/** Memory of a step that outlives a frame; zeros at the start. */
export interface StateArray {
  readonly role: string;
  readonly type: WordType;
  readonly length: number;
}

/** The C text of one step. */
export interface KernelText {
  /** Parts of the constant runtime that the text uses. */
  readonly parts: readonly PartName[];
  /** Functions, macros and types of this step alone; empty for most kernels. */
  readonly functions: string;
  /** Statements. */
  readonly call: string;
  /** The C expression of the accumulator of channel `c`; `z[c]` where it is left out. */
  readonly accumulator?: string;
}

/** A kernel. */
export interface ArmKernel {
  /** `<op>_<weights>x<activations>_<accumulator>__<implementation>`. */
  readonly name: string;
  /** One sentence on how it works. */
  readonly summary: string;
  readonly op: StepOp;
  /** Cores that can run it. */
  readonly runsOn: (core: Core) => boolean;
  readonly fits: (step: ArmStep) => boolean;
  readonly writes: 'accumulators' | 'outputs';
  /** Whether the call finds the taps itself through `frame`; then `x` is not declared. */
  readonly findsTaps?: boolean;
  /** Frames before the window that it still reads; 0 where it is left out. */
  readonly looksBack?: number;
  /** Instructions of one output frame, counted or estimated, epilogue excluded unless it writes outputs. */
  readonly cost: (step: ArmStep, core: CoreName) => number;
  /** Constant arrays in its own layout. */
  readonly weights: (step: ArmStep) => readonly ConstArray[];
  readonly state?: (step: ArmStep) => readonly StateArray[];
  readonly emit: (step: ArmStep) => KernelText;
}
