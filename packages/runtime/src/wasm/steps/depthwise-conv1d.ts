/** `depthwise-conv1d`: time on the lanes; windows with a stride are copied into a panel first. */
import { integerWeights } from '../../lower/weights.ts';
import type { DepthwiseConv1dStep } from '../../program.ts';
import { depthwiseI16, depthwiseI32 } from '../kernels/depthwise-int8.ts';
import { depthwiseF32, FLOAT_TILE } from '../kernels/float.ts';
import { gather32, gather8 } from '../kernels/rows.ts';
import { type Accumulators, scratchStride, type StepContext } from '../step-context.ts';
import { windowRows } from './window-rows.ts';

/** Accumulators of one filter per channel. */
export function depthwiseConv1d(context: StepContext, step: DepthwiseConv1dStep): Accumulators {
  const { kernel, stride: hop, dilation } = step.window;
  const { channels, weights } = step;
  const isFloat = weights.bits === 32;
  const { stride: xStride, elementBytes } = context.buffers[step.input]!;
  const run = context.use(isFloat ? depthwiseF32 : step.accumulator === 'i16' ? depthwiseI16 : depthwiseI32);
  const gather = context.use(isFloat ? gather32 : gather8);
  const constants = context.layout.constant(isFloat ? weights.values : Int16Array.from(integerWeights(weights, kernel)));
  const frames = context.block(step) + FLOAT_TILE;
  const zBytes = step.accumulator === 'i16' ? 2 : 4;
  const stride = scratchStride(frames, zBytes);
  const panelStride = scratchStride(frames, elementBytes);
  const isDirect = hop === 1;
  const [panel, z] = context.layout.scratch(isDirect ? 0 : channels * kernel * panelStride, channels * stride) as [number, number];
  const table = isDirect ? 0 : context.layout.constant(windowRows(context, step));
  const [channelStep, tapStep] = isDirect ? [xStride, dilation * elementBytes] : [kernel * panelStride, panelStride];
  return {
    source: step.accumulator,
    stride,
    link(linked) {
      const [runDepthwise, runGather] = [linked.kernel(run), linked.kernel(gather)];
      const [panelAt, out] = [linked.scratch + panel, linked.scratch + z];
      return (input, count) => {
        if (!isDirect) runGather(input, table, channels * kernel, count, hop * elementBytes, panelAt, panelStride);
        runDepthwise(isDirect ? input : panelAt, channelStep, tapStep, constants, channels, kernel, out, stride, count);
        return out;
      };
    },
  };
}
