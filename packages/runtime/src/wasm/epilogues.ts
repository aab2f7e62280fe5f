/** How each kind of epilogue runs in WebAssembly: constants into the layout, a kernel per combination, a closure per step. */
import type { Activation, Comparison, Epilogue, FloatEpilogue, Requantization, Step, ThresholdEpilogue, ValueEpilogue } from '../program.ts';
import { floatEpilogue } from './kernels/float-epilogue.ts';
import { thresholdEpilogue, thresholdTable } from './kernels/threshold-epilogue.ts';
import { type AccumulatorSource, type ActivationKind, slopeArgument, VALUE_TABLE_BYTES, type ValueKind, valueEpilogue } from './kernels/value-epilogue.ts';
import type { Accumulators, Linked, StepContext } from './step-context.ts';

/** Finishes `count` frames whose accumulators begin at `z`. */
export type Finish = (z: number, residual: number, columns: Int32Array, count: number) => void;
type LinkFinish = (linked: Linked) => Finish;

/** Slopes below 1 have a shorter kernel. */
export function activationKind(activation: Activation): ActivationKind {
  if (activation.kind !== 'prelu') return activation.kind;
  return Math.abs(activation.slope) < 2 ** 14 ? 'prelu' : 'steep';
}

/** The slope, 0 where there is none. */
export const slopeOf = (activation: Activation): number => (activation.kind === 'prelu' ? activation.slope : 0);

/** Multiplier, shift and offset of every channel, as the value kernels read them. */
export function valueTable({ multipliers, offsets, shifts }: Requantization): Uint8Array {
  const table = new DataView(new ArrayBuffer(multipliers.length * VALUE_TABLE_BYTES));
  multipliers.forEach((multiplier, channel) => {
    const at = channel * VALUE_TABLE_BYTES;
    table.setInt32(at, multiplier, true);
    table.setInt32(at + 4, shifts[channel]!, true);
    table.setBigInt64(at + 8, BigInt(offsets[channel]!), true);
  });
  return new Uint8Array(table.buffer);
}

/** Appends address, stride and further arguments of every output to the arguments of a kernel; later calls only set addresses. */
function outputArguments(
  context: StepContext,
  tensors: readonly number[],
  args: number[],
  more: readonly (readonly number[])[] = [],
): (columns: Int32Array) => void {
  const buffers = tensors.map((tensor) => context.buffers[tensor]!);
  const places = buffers.map((buffer, index) => args.push(0, buffer.stride, ...(more[index] ?? [])) - 2 - (more[index]?.length ?? 0));
  return (columns) => {
    for (let index = 0; index < tensors.length; index++) {
      const { address, elementBytes } = buffers[index]!;
      args[places[index]!] = address + columns[tensors[index]!]! * elementBytes;
    }
  };
}

/** Limit and flip of every channel, as the value kernels read them. */
export function comparisonTable({ limits, flips }: Comparison): Int16Array {
  return Int16Array.from({ length: 2 * limits.length }, (_, at) => (at % 2 === 0 ? limits : flips)[at >> 1]!);
}

type OutputFormat = ValueKind['outputs'][number]['format'];

function prepareValue(context: StepContext, step: Step, epilogue: ValueEpilogue, accumulators: Accumulators): LinkFinish {
  const { requantization, residual, activation, then, outputs } = epilogue;
  const kind: ValueKind = {
    source: accumulators.source as AccumulatorSource,
    arithmetic: requantization === null ? 'none' : requantization.arithmetic,
    activation: activationKind(activation),
    residual: residual !== null,
    then: activationKind(then),
    outputs: outputs.map(({ tensor, shift, comparison }) => ({
      format: context.program.tensors[tensor]!.format as OutputFormat,
      shift,
      compared: comparison !== null,
    })),
  };
  const kernel = context.use(valueEpilogue(kind));
  const table = requantization === null ? 0 : context.layout.constant(valueTable(requantization));
  const slopes = [slopeArgument(kind.activation, slopeOf(activation)), slopeArgument(kind.then, slopeOf(then))] as const;
  const residualStride = residual === null ? 0 : context.buffers[residual]!.stride;
  const args = [0, accumulators.stride, step.channels, 0, table, ...slopes, 0, residualStride];
  const place = outputArguments(
    context,
    outputs.map((output) => output.tensor),
    args,
    outputs.map(({ comparison }) => [comparison === null ? 0 : context.layout.constant(comparisonTable(comparison))]),
  );
  return (linked) => {
    const run = linked.kernel(kernel);
    return (z, residualAddress, columns, count) => {
      args[0] = z;
      args[3] = count;
      args[7] = residualAddress;
      place(columns);
      run(...args);
    };
  };
}

function prepareThreshold(context: StepContext, step: Step, epilogue: ThresholdEpilogue, accumulators: Accumulators): LinkFinish {
  const wide = step.accumulator !== 'i16';
  const { outputs } = epilogue;
  const kernel = context.use(
    thresholdEpilogue({
      source: accumulators.source as AccumulatorSource,
      wide,
      outputs: outputs.map((tensor) => context.program.tensors[tensor]!.format as 'sign' | 'bit'),
    }),
  );
  const table = context.layout.constant(thresholdTable(epilogue, wide));
  const args = [0, accumulators.stride, step.channels, 0, table];
  const place = outputArguments(context, outputs, args);
  return (linked) => {
    const run = linked.kernel(kernel);
    return (z, _, columns, count) => {
      args[0] = z;
      args[3] = count;
      place(columns);
      run(...args);
    };
  };
}

function prepareFloat(context: StepContext, step: Step, epilogue: FloatEpilogue, accumulators: Accumulators): LinkFinish {
  const { affine, activation, residual, then, output } = epilogue;
  const kernel = context.use(floatEpilogue({ affine: affine !== null, activation: activation.kind, residual: residual !== null, then: then.kind }));
  const pairs = Float32Array.from({ length: 2 * step.channels }, (_, at) =>
    affine === null ? 0 : (at % 2 === 0 ? affine.multipliers : affine.offsets)[at >> 1]!,
  );
  const table = context.layout.constant(pairs);
  const slopes = context.layout.constant(Float32Array.of(slopeOf(activation), slopeOf(then)));
  const residualStride = residual === null ? 0 : context.buffers[residual]!.stride;
  const args = [0, accumulators.stride, step.channels, 0, table, slopes, slopes + 4, 0, residualStride];
  const place = outputArguments(context, [output], args);
  return (linked) => {
    const run = linked.kernel(kernel);
    return (z, residualAddress, columns, count) => {
      args[0] = z;
      args[3] = count;
      args[7] = residualAddress;
      place(columns);
      run(...args);
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
