/** `depthwise-conv1d`: one filter per channel by the kernels of bitpack, straight from the rows of the input. */
import { type DepthwiseActivations, planDepthwise } from '@bitvox/bitpack';
import { accumulatorBound } from '../../lower/weights.ts';
import type { DepthwiseConv1dStep, StepWeights, TensorFormat } from '../../program.ts';
import { type Accumulators, scratchStride, type StepContext } from '../step-context.ts';

/** What a filter reads in each format that one may read. */
const ACTIVATIONS: Readonly<Record<Exclude<TensorFormat, 'i16'>, DepthwiseActivations>> = { bit: '1', sign: 'sign', i8: 'int8', f32: 'f32' };
const WEIGHTS = { 1: '1', 8: 'int8', 32: 'f32' } as const;

/** Weights in the form that bitpack packs. */
function rowsOf(weights: StepWeights): Uint8Array | Float32Array {
  if (weights.bits === 1) return weights.rows;
  return weights.bits === 8 ? new Uint8Array(weights.values.buffer, weights.values.byteOffset, weights.values.length) : weights.values;
}

/** Accumulators of one filter per channel. */
export function depthwiseConv1d(context: StepContext, step: DepthwiseConv1dStep): Accumulators {
  const { window, channels, weights, accumulator } = step;
  const { kernel: taps, stride, dilation } = window;
  const { stride: xBytes, elementBytes } = context.buffers[step.input]!;
  const t = context.block(step);
  const plan = planDepthwise({
    channels,
    taps,
    dilation,
    stride,
    t,
    weights: WEIGHTS[weights.bits],
    activations: ACTIVATIONS[context.program.tensors[step.input]!.format as keyof typeof ACTIVATIONS],
    accumulator,
    weightSum: accumulatorBound(weights, taps, 1),
  });
  const rows = context.layout.constant(plan.packWeights(rowsOf(weights)));
  const zBytes = accumulator === 'i16' ? 2 : 4;
  const zStride = scratchStride(t, zBytes);
  const [work, z] = context.layout.scratch(plan.scratchBytes, channels * zStride) as [number, number];
  return {
    source: accumulator,
    stride: zStride,
    link({ memory, scratch }) {
      const { run } = plan.instantiate(memory, { weights: rows, scratch: scratch + work });
      const out = scratch + z;
      return (input, count) => {
        run(input, xBytes / elementBytes, count, out, zStride / zBytes);
        return out;
      };
    },
  };
}
