/** `conv1d` and `conv2d` of floats: straight from the rows of the input for one frame a step, else over a panel of window rows for each output row. */
import type { Conv1dStep, Conv2dStep } from '../../program.ts';
import { denseF32, FLOAT_TILE } from '../kernels/float.ts';
import { gather32 } from '../kernels/rows.ts';
import { type Accumulators, scratchStride, type StepContext } from '../step-context.ts';
import { windowPanel } from './window-panel.ts';
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
export function denseFloats(context: StepContext, step: Conv1dStep | Conv2dStep, values: Float32Array): Accumulators {
  const { kernel, stride: hop } = step.window;
  const windows = step.op === 'conv2d' ? windowPanel(context, step) : null;
  const pointers = windows?.pointers ?? [Array.from(windowRows(context, step as Conv1dStep))];
  const planes = step.channels / pointers.length;
  const columns = pointers[0]!.length;
  const rowPairs = Math.ceil(planes / 2);
  const weights = context.layout.constant(interleavedRows(values, planes, columns));
  const stride = scratchStride(context.block(step) + FLOAT_TILE, 4);
  const planeStride = stride * pointers.length;
  const isDirect = windows === null && kernel === 1 && hop === 1;
  const sizes = [isDirect ? 0 : columns * stride, 2 * rowPairs * planeStride, windows?.bytes ?? 0];
  const [panel, z, rows] = context.layout.scratch(...sizes) as [number, number, number];
  const tables = isDirect ? [0] : pointers.map((offsets) => context.layout.constant(Int32Array.from(offsets)));
  const xStride = isDirect ? context.buffers[step.input]!.stride : stride;
  const elementStep = windows === null ? 4 * hop : 4;
  context.use(denseF32);
  context.use(gather32);
  return {
    source: 'f32',
    stride,
    link(linked) {
      const [multiply, gather] = [linked.kernel(denseF32), linked.kernel(gather32)];
      const [panelAt, out, rowsAt] = [linked.scratch + panel, linked.scratch + z, linked.scratch + rows];
      const fillRows = windows?.link(linked, rowsAt);
      return (input, count) => {
        fillRows?.(input, count);
        for (let row = 0; row < tables.length; row++) {
          if (!isDirect) gather(windows === null ? input : rowsAt, tables[row]!, columns, count, elementStep, panelAt, stride);
          multiply(isDirect ? input : panelAt, xStride, weights, columns, rowPairs, out + row * stride, planeStride, count);
        }
        return out;
      };
    },
  };
}
