/**
 * The memory plan: how many columns each tensor keeps, so that blocks of up to `block` input frames can be pushed one after the other,
 * and where each tensor lies. Tensors that are dead between blocks share memory with those that live at other times.
 *
 * A tensor is a row buffer `[channel][stride]`. Its columns hold the left padding or the history that consumers still need, then the frames
 * that one block adds, then the right padding. Kernels work on whole vectors, so every row ends with slack that may be overwritten with anything.
 */
import { alignedOf, type Epilogue, outputsOf, type Program, type Step, type TensorFormat } from '../program.ts';
import { type Interval, placeIntervals } from './place.ts';

/** Bytes of one element. */
export const ELEMENT_BYTES: Readonly<Record<TensorFormat, number>> = { i8: 1, sign: 1, bit: 1, i16: 2, f32: 4 };

/** Frames that kernels write at once, by what finishes them: up to one less than that beyond those asked for. */
const WRITTEN_FRAMES: Readonly<Record<Epilogue['kind'] | 'input', number>> = { value: 8, threshold: 16, float: 16, input: 16 };

/** The row buffer of one tensor. */
export interface TensorPlan {
  /** Bytes from the beginning of the region of all tensors. */
  readonly address: number;
  /** Columns that may hold frames or padding. */
  readonly capacity: number;
  /** Elements between two rows. */
  readonly stride: number;
  /** Frames of this tensor that one block can add, right padding of what is before it included. */
  readonly block: number;
  /** Bytes of the whole buffer. */
  readonly bytes: number;
}

/** Plans of all tensors. */
export interface MemoryPlan {
  /** Input frames of the largest block. */
  readonly block: number;
  /** Every clip fits into one block, and tensors with padding have memory of their own, so that the padding stays from clip to clip. */
  readonly whole: boolean;
  readonly tensors: readonly TensorPlan[];
  /** Bytes of the region of all tensors. */
  readonly bytes: number;
}

/** What a plan is for. */
export interface PlanOptions {
  /** Input frames of the largest block. */
  readonly block: number;
  /** Nothing has to survive a block: every clip fits into one. Default false. */
  readonly whole?: boolean;
}

const LINE = 64;
const VECTOR = 16;

/**
 * Elements of a row. Short rows are vectors without gaps, so that a narrow network stays in the first-level cache; longer ones whole cache lines, an
 * odd number of them, so that the rows of one column do not fall into the same few cache sets.
 */
function rowStride(columns: number, elementBytes: number): number {
  if (columns * elementBytes <= LINE / 2) return (Math.ceil((columns * elementBytes) / VECTOR) * VECTOR) / elementBytes;
  const lines = Math.ceil((columns * elementBytes) / LINE);
  return ((lines % 2 === 0 ? lines + 1 : lines) * LINE) / elementBytes;
}

/** Frames of a tensor that can exist while a value that comes later in the stream does not. */
function lead(program: Program, tensor: number, later: number): number {
  const { hop, delay } = program.tensors[tensor]!;
  return Math.max(0, Math.ceil((program.tensors[later]!.delay - delay) / hop));
}

/** Frames that stay after a block because this step still needs them. */
function historyOf(program: Program, step: Step, tensor: number): number {
  const { kernel, stride, dilation } = step.window;
  const aligned = alignedOf(step);
  const asAligned = aligned.includes(tensor) ? lead(program, tensor, outputsOf(step)[0]!) : 0;
  if (step.input !== tensor) return asAligned;
  const wait = Math.max(0, ...aligned.map((later) => lead(program, tensor, later)));
  return Math.max(asAligned, (kernel - 1) * dilation + stride - 1 + wait);
}

/** Frames that one block can add to each tensor; the block is all of a clip where it is `whole`. */
function addedFrames(program: Program, block: number, whole: boolean): number[] {
  const added: number[] = [block];
  for (const step of program.steps) {
    const { kernel, stride, dilation, padding } = step.window;
    const [left, right] = padding;
    const reach = (kernel - 1) * dilation;
    const input = added[step.input]! + right;
    const frames = whole ? Math.max(1, Math.floor((input + left - reach - 1) / stride) + 1) : Math.ceil(input / stride);
    for (const output of outputsOf(step)) added[output] = Math.max(frames, ...alignedOf(step).map((tensor) => added[tensor]!));
  }
  return added;
}

/** Steps between which the contents of a tensor matter. */
function lifetime(program: Program, tensor: number, forever: boolean): readonly [number, number] {
  if (forever || tensor === program.output) return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const uses = program.steps.flatMap((step, index) =>
    step.input === tensor || alignedOf(step).includes(tensor) || outputsOf(step).includes(tensor) ? [index] : [],
  );
  return [tensor === 0 ? -1 : uses[0]!, uses.at(-1)!];
}

/** Plans memory. */
export function planMemory(program: Program, { block, whole = false }: PlanOptions): MemoryPlan {
  const added = addedFrames(program, block, whole);
  const parts = program.tensors.map(({ format, channels, padding }, index) => {
    const elementBytes = ELEMENT_BYTES[format];
    const history = Math.max(0, ...program.steps.map((step) => historyOf(program, step, index)));
    const capacity = padding[0] + (whole ? 0 : history) + added[index]! + padding[1];
    const written = WRITTEN_FRAMES[program.steps.find((step) => outputsOf(step).includes(index))?.epilogue.kind ?? 'input'];
    // A clip is written once, from the left padding on; blocks of a stream begin anywhere.
    const slack = whole ? -added[index]! & (written - 1) : written - 1;
    const stride = rowStride(capacity + slack, elementBytes);
    const survives = padding[0] + padding[1] > 0 || (!whole && history > 0);
    const [from, to] = lifetime(program, index, survives);
    const interval: Interval = { from, to, bytes: stride * channels * elementBytes };
    return { capacity, stride, block: added[index]!, interval };
  });
  const { addresses, bytes } = placeIntervals(
    parts.map(({ interval }) => interval),
    LINE,
  );
  const tensors = parts.map(({ interval, ...part }, index) => ({ ...part, address: addresses[index]!, bytes: interval.bytes }));
  return { block, whole, tensors, bytes };
}
