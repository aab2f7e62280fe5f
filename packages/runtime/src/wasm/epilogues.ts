/** How each kind of epilogue runs in WebAssembly: constants into the layout, a kernel per combination, a closure per step. */
import type { Activation, Epilogue, FloatEpilogue, Step, ThresholdEpilogue, ValueEpilogue } from '../program.ts';
import { KernelArguments } from './kernel-arguments.ts';
import { floatEpilogue } from './kernels/float-epilogue.ts';
import { thresholdEpilogue, thresholdTable } from './kernels/threshold-epilogue.ts';
import { type AccumulatorSource, SOURCE_BYTES, valueEpilogue } from './kernels/value-epilogue.ts';
import { activationKind, LANES, type LanesKind, type OutputKind, slopeArgument } from './kernels/value-lanes.ts';
import type { Accumulators, Linked, StepContext } from './step-context.ts';
import { comparisonTable, splitTable, valueTable } from './tables.ts';

/** Finishes `count` frames whose accumulators begin at `z`. */
export type Finish = (z: number, columns: Int32Array, count: number) => void;
type LinkFinish = (linked: Linked) => Finish;

/** The slope, 0 where there is none. */
export const slopeOf = (activation: Activation): number => (activation.kind === 'prelu' ? activation.slope : 0);

/** What the lanes of a value epilogue do. */
export function lanesKind(context: StepContext, { requantization, residual, activation, then, outputs }: ValueEpilogue): LanesKind {
  return {
    arithmetic: requantization === null ? 'none' : requantization.arithmetic,
    shift: requantization !== null && new Set(requantization.shifts).size === 1 ? requantization.shifts[0]! : null,
    activation: activationKind(activation),
    residual: residual !== null,
    then: activationKind(then),
    outputs: outputs.map(({ tensor, shift, comparison, split }) => ({
      format: context.program.tensors[tensor]!.format as OutputKind['format'],
      shift,
      compared: comparison !== null,
      split: split === null ? 'none' : split.scale === null ? 'constant' : 'measured',
      span: split === null ? 0 : split.span,
      dropped: split === null ? 0 : split.dropped,
    })),
  };
}

/**
 * Appends the arguments of value lanes, in the order of `lanesParameters`.
 * @param order channels in the order in which the kernel visits them
 */
export function addLanesArguments(context: StepContext, step: Step, epilogue: ValueEpilogue, args: KernelArguments, order: readonly number[]): void {
  const { requantization, residual, activation, then, outputs } = epilogue;
  const { layout } = context;
  args.add(requantization === null ? 0 : layout.constant(valueTable(requantization, order)));
  for (const each of [activation, then]) args.add(slopeArgument(each));
  if (residual === null) args.add(0, 0);
  else args.rows(residual);
  for (const { tensor, comparison, split } of outputs) {
    args.rows(tensor);
    if (split !== null) args.add(layout.constant(splitTable(split, order)), step.channels * context.buffers[tensor]!.stride);
    else args.add(comparison === null ? 0 : layout.constant(comparisonTable(comparison, order)));
    if (split !== null && split.scale !== null) args.tensor(split.scale);
  }
}

/** Channels in their own order. */
export const inOrder = (channels: number): readonly number[] => Array.from({ length: channels }, (_, channel) => channel);

function prepareValue(context: StepContext, step: Step, epilogue: ValueEpilogue, accumulators: Accumulators): LinkFinish {
  const source = accumulators.source as AccumulatorSource;
  const kernel = context.use(valueEpilogue({ source, ...lanesKind(context, epilogue) }));
  const tile = epilogue.outputs.some(({ split }) => split !== null && split.scale !== null)
    ? { frames: LANES, bytes: LANES * SOURCE_BYTES[source] }
    : undefined;
  return finishing(context, step, accumulators, kernel, (args) => addLanesArguments(context, step, epilogue, args, inOrder(step.channels)), tile);
}

function prepareThreshold(context: StepContext, step: Step, epilogue: ThresholdEpilogue, accumulators: Accumulators): LinkFinish {
  const wide = step.accumulator !== 'i16';
  const formats = epilogue.outputs.map((tensor) => context.program.tensors[tensor]!.format as 'sign' | 'bit');
  const kernel = context.use(thresholdEpilogue({ source: accumulators.source as AccumulatorSource, wide, outputs: formats }));
  return finishing(context, step, accumulators, kernel, (args) => {
    args.add(context.layout.constant(thresholdTable(epilogue, wide)));
    for (const tensor of epilogue.outputs) args.rows(tensor);
  });
}

function prepareFloat(context: StepContext, step: Step, epilogue: FloatEpilogue, accumulators: Accumulators): LinkFinish {
  const { affine, activation, residual, then, output } = epilogue;
  const kernel = context.use(floatEpilogue({ affine: affine !== null, activation: activation.kind, residual: residual !== null, then: then.kind }));
  const pairs = Float32Array.from({ length: 2 * step.channels }, (_, at) =>
    affine === null ? 0 : (at % 2 === 0 ? affine.multipliers : affine.offsets)[at >> 1]!,
  );
  return finishing(context, step, accumulators, kernel, (args) => {
    const slopes = context.layout.constant(Float32Array.of(slopeOf(activation), slopeOf(then)));
    args.add(context.layout.constant(pairs), slopes, slopes + 4);
    if (residual === null) args.add(0, 0);
    else args.rows(residual);
    args.rows(output);
  });
}

/**
 * The closure of a kernel over accumulators in memory: their address, stride, channels, frames, then its own arguments.
 * @param tile frames that the kernel takes at once, with the bytes of their accumulators; all of them unless told
 */
function finishing(
  context: StepContext,
  step: Step,
  { stride }: Accumulators,
  kernel: Parameters<Linked['kernel']>[0],
  add: (args: KernelArguments) => void,
  tile = { frames: Number.POSITIVE_INFINITY, bytes: 0 },
): LinkFinish {
  const args = new KernelArguments(context);
  const first = args.add(0, stride, step.channels, 0);
  add(args);
  const bind = args.reserve();
  return (linked) => {
    const [run, block] = [linked.kernel(kernel), bind(linked.memory)];
    const { address, values } = block;
    return (z, columns, count) => {
      for (let frame = 0, from = z; frame < count; frame += tile.frames, from += tile.bytes) {
        values[first] = from;
        values[first + 3] = Math.min(tile.frames, count - frame);
        args.place(block, columns, frame);
        run(address);
      }
    };
  };
}

const PREPARE: {
  readonly [Kind in Epilogue['kind']]: (
    context: StepContext,
    step: Step,
    epilogue: Extract<Epilogue, { readonly kind: Kind }>,
    accumulators: Accumulators,
  ) => LinkFinish;
} = {
  value: prepareValue,
  threshold: prepareThreshold,
  float: prepareFloat,
};

/** Prepares the epilogue of a step. */
export function prepareEpilogue(context: StepContext, step: Step, accumulators: Accumulators): LinkFinish {
  return (PREPARE[step.epilogue.kind] as (context: StepContext, step: Step, epilogue: Epilogue, accumulators: Accumulators) => LinkFinish)(
    context,
    step,
    step.epilogue,
    accumulators,
  );
}
