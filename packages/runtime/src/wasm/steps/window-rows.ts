/** Where the rows of a window lie, for kernels that copy them into a panel. */
import type { Conv1dStep, DepthwiseConv1dStep } from '../../program.ts';
import type { StepContext } from '../step-context.ts';

/** Byte offsets of the rows `[half][channel][tap]` of a window from its first tap; an input of two terms has two halves. */
export function windowRows(context: StepContext, step: Conv1dStep | DepthwiseConv1dStep, halves = 1): Int32Array {
  const { stride, elementBytes } = context.buffers[step.input]!;
  const { kernel, dilation } = step.window;
  return Int32Array.from(
    { length: halves * step.inputChannels * kernel },
    (_, row) => Math.floor(row / kernel) * stride + (row % kernel) * dilation * elementBytes,
  );
}
