/** Steps that read two binary terms: one kernel sums both, combines them and finishes the values, 8 frames a call. */
import type { Conv1dStep, Conv2dStep, DepthwiseConv1dStep, Step, TwoTerms, ValueEpilogue } from '../../program.ts';
import { integerWeights } from '../../lower/weights.ts';
import { addLanesArguments, inOrder, lanesKind } from '../epilogues.ts';
import { KernelArguments } from '../kernel-arguments.ts';
import { gather8 } from '../kernels/rows.ts';
import { twoTermDepthwise } from '../kernels/two-term-depthwise.ts';
import { tableProduct } from '../kernels/table-product.ts';
import { planTermTables, tableBytes, termOffsets } from '../kernels/term-tables.ts';
import { LANES } from '../kernels/value-lanes.ts';
import { type Compute, type Linked, scratchStride, type StepContext } from '../step-context.ts';
import { windowPanel } from './window-panel.ts';
import { windowRows } from './window-rows.ts';

/** Frames beyond those asked for that a call reads. */
const SLACK = 16;

/** How a step gets at the rows of its input. */
interface Source {
  readonly second: number;
  /** Makes the rows; returns where they begin. */
  link(linked: Linked): (input: number, count: number) => number;
}

type Weights = Exclude<Conv1dStep['weights'], { readonly bits: 32 }>;
const signsOf = (step: { readonly weights: Conv1dStep['weights'] }, columns: number): Int8Array => integerWeights(step.weights as Weights, columns);

/** Eight times the same factor. */
const spread = (factor: number): Int16Array => new Int16Array(LANES).fill(factor);

/** A call per 8 frames. `x` and `frames` are the places of the arguments that change from call to call. */
function inTiles(
  source: Source,
  args: KernelArguments,
  { x, frames }: { readonly x: number; readonly frames: number },
  kernel: Parameters<Linked['kernel']>[0],
) {
  const bind = args.reserve();
  return (linked: Linked): Compute => {
    const [rows, run, block] = [source.link(linked), linked.kernel(kernel), bind(linked.memory)];
    const { address, values } = block;
    return (input, columns, count) => {
      const from = rows(input, count);
      for (let frame = 0; frame < count; frame += LANES) {
        values[x] = from + frame;
        values[frames] = Math.min(LANES, count - frame);
        args.place(block, columns, frame);
        run(address);
      }
    };
  };
}

function prepareProduct(context: StepContext, step: Conv1dStep | Conv2dStep, terms: TwoTerms, epilogue: ValueEpilogue) {
  const { kernel, stride } = step.window;
  const outputRows = step.op === 'conv2d' ? step.rows.output : 1;
  const planes = step.channels / outputRows;
  const rowStride = context.buffers[step.input]!.stride;
  const isDirect = step.op === 'conv1d' && kernel === 1 && stride === 1;
  const panel = isDirect ? null : windowPanel(context, step);
  const pointers = panel?.pointers ?? [inOrder(step.inputChannels).map((channel) => channel * rowStride)];
  const { padding, fill } = context.program.tensors[step.input]!;
  const mayBeZero = step.op === 'conv2d' || (fill === null && padding[0] + padding[1] > 0);
  const tables = planTermTables(planes, pointers[0]!.length, mayBeZero ? 2 : 1);
  const [, panelAt] = context.layout.scratch(tableBytes(tables), panel?.bytes ?? 0) as [number, number];
  const source: Source = {
    second: panel?.second ?? step.inputChannels * rowStride,
    link(linked) {
      const fill = panel?.link(linked, linked.scratch + panelAt);
      return (input, count) => {
        if (fill === undefined) return input;
        fill(input, count);
        return linked.scratch + panelAt;
      };
    },
  };

  const args = new KernelArguments(context);
  const { layout } = context;
  const x = args.add(0, source.second, layout.constant(Int32Array.from(pointers.flat())));
  args.add(layout.constant(termOffsets(signsOf(step, tables.depth), planes, tables)), planes, outputRows);
  if (typeof terms.scale === 'number') args.tensor(terms.scale);
  else args.add(layout.constant(spread(terms.scale[0]!)));
  args.add(step.channels);
  const frames = args.add(0);
  const order = inOrder(step.channels).map((at) => (at % planes) * outputRows + Math.floor(at / planes));
  addLanesArguments(context, step, epilogue, args, order);
  return inTiles(source, args, { x, frames }, context.use(tableProduct(tables, terms, lanesKind(context, epilogue))));
}

function prepareDepthwise(context: StepContext, step: DepthwiseConv1dStep, terms: TwoTerms, epilogue: ValueEpilogue) {
  const { kernel: taps, stride: hop, dilation } = step.window;
  const { channels } = step;
  const { stride: rowStride } = context.buffers[step.input]!;
  const panelStride = scratchStride(context.block(step) + SLACK, 1);
  const isDirect = hop === 1;
  const [panel] = context.layout.scratch(isDirect ? 0 : 2 * channels * taps * panelStride) as [number];
  const [channelStep, tapStep] = isDirect ? [rowStride, dilation] : [taps * panelStride, panelStride];
  const table = isDirect ? 0 : context.layout.constant(windowRows(context, step, 2));
  context.use(gather8);
  const source: Source = {
    second: channels * channelStep,
    link(linked) {
      const gather = linked.kernel(gather8);
      return (input, count) => {
        if (isDirect) return input;
        gather(input, table, 2 * channels * taps, count, hop, linked.scratch + panel, panelStride);
        return linked.scratch + panel;
      };
    },
  };

  const signs = signsOf(step, taps);
  const negatives = inOrder(channels).map((channel) => signs.subarray(channel * taps, (channel + 1) * taps).filter((sign) => sign < 0).length);
  const args = new KernelArguments(context);
  const { layout } = context;
  const x = args.add(0, source.second, channelStep, layout.constant(signs.map((sign) => (sign < 0 ? -1 : 0))));
  const factors = terms.scale as Int16Array;
  args.add(layout.constant(Int16Array.from(inOrder(channels).flatMap((channel) => [terms.one, factors[channel]!, negatives[channel]!, 0]))));
  args.add(channels);
  const frames = args.add(0);
  addLanesArguments(context, step, epilogue, args, inOrder(channels));
  return inTiles(source, args, { x, frames }, context.use(twoTermDepthwise({ count: taps, step: tapStep }, terms, lanesKind(context, epilogue))));
}

/** Prepares a step that reads two terms; its epilogue keeps values, and its weights have 1 bit. */
export function prepareTwoTerms(context: StepContext, step: Step, terms: TwoTerms): (linked: Linked) => Compute {
  const epilogue = step.epilogue as ValueEpilogue;
  if (step.op === 'depthwise-conv1d') return prepareDepthwise(context, step, terms, epilogue);
  if (step.op === 'conv1d' || step.op === 'conv2d') return prepareProduct(context, step, terms, epilogue);
  throw new RangeError(`${step.op} has no terms`);
}
