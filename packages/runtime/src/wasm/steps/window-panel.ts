/**
 * The rows that windows read, copied out of a tensor of bytes or floats so that frames of one tap lie side by side: for a stride s, each row becomes s
 * phases of every s-th element, and tap k is phase `k mod s` from element `floor(k / s)` on. Rows outside of a plane are one row of zeros.
 *
 * Layout: `[half][row][phase]` and behind each half the zeros; an input of two terms has two halves, any other one.
 */
import { RuntimeError } from '../../errors.ts';
import type { Conv1dStep, Conv2dStep, PlaneRows } from '../../program.ts';
import { fillRows, gather32, gather8, gather8By } from '../kernels/rows.ts';
import { type Linked, scratchStride, type StepContext } from '../step-context.ts';

/** Elements that kernels read beyond those they need. */
const SLACK = 16;
/** Most pointers of all windows above each other. */
const MAXIMUM_POINTERS = 2 ** 24;
/** Steps for which a gathering kernel of its own pays. */
const LARGEST_FIXED_STEP = 8;

/** A panel of one step. */
export interface WindowPanel {
  readonly bytes: number;
  /** Bytes from a row to the same row of the second half. */
  readonly second: number;
  /** For every output row of a plane: offsets of the rows that its windows read, `[plane][kernel row][tap]`. */
  readonly pointers: readonly (readonly number[])[];
  /** Fills the panel at `address` for `count` output frames. */
  link(linked: Linked, address: number): (input: number, count: number) => void;
}

const ONE_ROW: PlaneRows = { input: 1, output: 1, kernel: 1, stride: 1, top: 0 };

/** Plans the panel of a step. */
export function windowPanel(context: StepContext, step: Conv1dStep | Conv2dStep): WindowPanel {
  const { kernel, stride: hop, dilation } = step.window;
  const rows = step.op === 'conv2d' ? step.rows : ONE_ROW;
  const halves = step.terms === null ? 1 : 2;
  const reach = (kernel - 1) * dilation;
  const phases = Math.min(hop, reach + 1);
  const longest = context.block(step) + Math.floor(reach / hop);
  const { stride, elementBytes } = context.buffers[step.input]!;
  const rowBytes = scratchStride(longest + SLACK, elementBytes);
  const half = (step.inputChannels * phases + 1) * rowBytes;
  const zeros = half - rowBytes;
  const tapOffset = (tap: number): number => ((tap * dilation) % hop) * rowBytes + Math.floor((tap * dilation) / hop) * elementBytes;

  const depth = (step.inputChannels / rows.input) * rows.kernel * kernel;
  if (rows.output * depth > MAXIMUM_POINTERS)
    throw new RuntimeError('RUNTIME_MEMORY', `${rows.output} output rows read windows of ${depth} values, together more than ${MAXIMUM_POINTERS}.`, step.node);
  const pointers = Array.from({ length: rows.output }, (_, output) =>
    Array.from({ length: depth }, (__, at) => {
      const row = output * rows.stride - rows.top + (Math.floor(at / kernel) % rows.kernel);
      if (row < 0 || row >= rows.input) return zeros;
      const plane = Math.floor(at / (kernel * rows.kernel));
      return (plane * rows.input + row) * phases * rowBytes + tapOffset(at % kernel);
    }),
  );

  const sources = Array.from({ length: halves * step.inputChannels * phases }, (_, at) => Math.floor(at / phases) * stride + (at % phases) * elementBytes);
  const table = context.layout.constant(Int32Array.from(sources));
  const isFixed = elementBytes === 1 && hop > 1 && hop <= LARGEST_FIXED_STEP;
  const gather = context.use(isFixed ? gather8By(hop) : elementBytes === 1 ? gather8 : gather32);
  const clear = context.use(fillRows(rowBytes));
  context.layout.reach(2 * SLACK * hop * elementBytes);
  const nothing = context.layout.constant(new Uint8Array(halves));
  const perHalf = step.inputChannels * phases;
  return {
    bytes: halves * half,
    second: half,
    pointers,
    link(linked, address) {
      const [run, fill] = [linked.kernel(gather), linked.kernel(clear)];
      const steps = isFixed ? [] : [hop * elementBytes];
      return (input, count) => {
        const frames = count + Math.floor(reach / hop);
        for (let at = 0; at < halves; at++) run(input, table + 4 * at * perHalf, perHalf, frames, ...steps, address + at * half, rowBytes);
        fill(address + zeros, half, halves, nothing);
      };
    },
  };
}
