/** `conv1d` of floats: straight from the rows of the input for one frame a step, else over a panel of window rows. */
import type { Conv1dStep } from '../../program.ts';
import { denseF32, FLOAT_TILE } from '../kernels/float.ts';
import { gather32 } from '../kernels/rows.ts';
import { type Accumulators, scratchStride, type StepContext } from '../step-context.ts';
import { windowRows } from './window-rows.ts';

/** Rows of pairs `[row / 2][k][2]`, a missing row 0. */
function interleavedRows(values: Float32Array, rows: number, columns: number): Float32Array {
  const packed = new Float32Array(Math.ceil(rows / 2) * columns * 2);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) packed[((row >> 1) * columns + column) * 2 + (row & 1)] = values[row * columns + column]!;
  }
  return packed;
}

/** Accumulators of floats. */
export function denseFloats(context: StepContext, step: Conv1dStep, values: Float32Array): Accumulators {
  const { kernel, stride: hop } = step.window;
  const columns = step.inputChannels * kernel;
  const rowPairs = Math.ceil(step.channels / 2);
  const weights = context.layout.constant(interleavedRows(values, step.channels, columns));
  const stride = scratchStride(context.block(step) + FLOAT_TILE, 4);
  const isDirect = kernel === 1 && hop === 1;
  const [panel, z] = context.layout.scratch(isDirect ? 0 : columns * stride, 2 * rowPairs * stride) as [number, number];
  const table = isDirect ? 0 : context.layout.constant(windowRows(context, step));
  const xStride = isDirect ? context.buffers[step.input]!.stride : stride;
  context.use(denseF32);
  context.use(gather32);
  return {
    source: 'f32',
    stride,
    link(linked) {
      const [multiply, gather] = [linked.kernel(denseF32), linked.kernel(gather32)];
      const [panelAt, out] = [linked.scratch + panel, linked.scratch + z];
      return (input, count) => {
        if (!isDirect) gather(input, table, columns, count, 4 * hop, panelAt, stride);
        multiply(isDirect ? input : panelAt, xStride, weights, columns, rowPairs, out, stride, count);
        return out;
      };
    },
  };
}
