/** `conv1d` of bytes where one frame comes out, such as a classifier over all channels and frames: taps are read where they lie. */
import { integerWeights } from '../../lower/weights.ts';
import type { Conv1dStep } from '../../program.ts';
import { denseFrameInt8, FRAME_ROWS, FRAME_TAPS } from '../kernels/dense-int8.ts';
import { type Accumulators, scratchStride, type StepContext } from '../step-context.ts';

/** Whether a step gives one frame at a time, from taps that lie side by side. */
export const isSingleFrame = (context: StepContext, step: Conv1dStep): boolean => context.block(step) === 1 && step.window.dilation === 1;

/** Weights as the kernel reads them, `[row / 4][channel][tap / 8][4 rows][8 taps]`, what is missing 0. */
function quadWeights(values: Int8Array, rows: number, channels: number, kernel: number): Int8Array {
  const chunks = Math.ceil(kernel / FRAME_TAPS);
  const packed = new Int8Array(Math.ceil(rows / FRAME_ROWS) * channels * chunks * FRAME_ROWS * FRAME_TAPS);
  values.forEach((value, at) => {
    const [tap, channel, row] = [at % kernel, Math.floor(at / kernel) % channels, Math.floor(at / (kernel * channels))];
    const chunk = (Math.floor(row / FRAME_ROWS) * channels + channel) * chunks + Math.floor(tap / FRAME_TAPS);
    packed[(chunk * FRAME_ROWS + (row % FRAME_ROWS)) * FRAME_TAPS + (tap % FRAME_TAPS)] = value;
  });
  return packed;
}

/** Accumulators of one frame, in 32 bits. */
export function denseFrame(context: StepContext, step: Conv1dStep, weights: Exclude<Conv1dStep['weights'], { readonly bits: 32 }>): Accumulators {
  const { kernel } = step.window;
  const { inputChannels, channels } = step;
  const chunks = Math.ceil(kernel / FRAME_TAPS);
  const packed = context.layout.constant(quadWeights(integerWeights(weights, inputChannels * kernel), channels, inputChannels, kernel));
  const stride = scratchStride(FRAME_TAPS, 4);
  const quads = Math.ceil(channels / FRAME_ROWS);
  const [z] = context.layout.scratch(quads * FRAME_ROWS * stride) as [number];
  const { stride: xStride } = context.buffers[step.input]!;
  const multiply = context.use(denseFrameInt8);
  return {
    source: 'i32',
    stride,
    link(linked) {
      const [run, out] = [linked.kernel(multiply), linked.scratch + z];
      return (input) => {
        run(input, xStride, inputChannels, chunks, packed, quads, out, stride);
        return out;
      };
    },
  };
}
