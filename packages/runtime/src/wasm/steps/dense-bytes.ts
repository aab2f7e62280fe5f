/** `conv1d` and `conv2d` of bytes: integer weights times `i8` or `sign` activations, over a panel of row pairs, once for each output row of planes. */
import { integerWeights } from '../../lower/weights.ts';
import type { Conv1dStep, Conv2dStep } from '../../program.ts';
import { denseInt8, pairPanel, TILE } from '../kernels/dense-int8.ts';
import { type Accumulators, scratchStride, type StepContext } from '../step-context.ts';
import { windowPanel } from './window-panel.ts';
import { windowRows } from './window-rows.ts';

/** Rows of pairs `[row / 2][k / 2][2 rows][2]`, what is missing 0. */
function pairWeights(values: Int8Array, rows: number, columns: number): Int16Array {
  const pairs = Math.ceil(columns / 2);
  const packed = new Int16Array(Math.ceil(rows / 2) * pairs * 4);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      packed[((row >> 1) * pairs + (column >> 1)) * 4 + (row & 1) * 2 + (column & 1)] = values[row * columns + column]!;
  }
  return packed;
}

/** Accumulators of bytes, in 32 bits. */
export function denseBytes(context: StepContext, step: Conv1dStep | Conv2dStep, weights: Exclude<Conv1dStep['weights'], { readonly bits: 32 }>): Accumulators {
  const windows = step.op === 'conv2d' ? windowPanel(context, step) : null;
  const pointers = windows?.pointers ?? [Array.from(windowRows(context, step as Conv1dStep))];
  const planes = step.channels / pointers.length;
  const columns = pointers[0]!.length;
  const pairs = Math.ceil(columns / 2);
  const rowPairs = Math.ceil(planes / 2);
  // A missing partner has weight 0, so any row will do.
  const tables = pointers.map((offsets) => context.layout.constant(Int32Array.from({ length: 2 * pairs }, (_, row) => offsets[row] ?? 0)));
  const packed = context.layout.constant(pairWeights(integerWeights(weights, columns), planes, columns));
  const tiles = Math.ceil(context.block(step) / TILE);
  const stride = scratchStride(tiles * TILE, 4);
  const planeStride = stride * pointers.length;
  const sizes = [tiles * pairs * TILE * 4, 2 * rowPairs * planeStride, windows?.bytes ?? 0];
  const [panel, z, rows] = context.layout.scratch(...sizes) as [number, number, number];
  const hop = windows === null ? step.window.stride : 1;
  context.layout.reach(TILE * hop + TILE);
  const [fill, multiply] = [context.use(pairPanel), context.use(denseInt8)];
  return {
    source: 'i32',
    stride,
    link(linked) {
      const [runFill, runMultiply] = [linked.kernel(fill), linked.kernel(multiply)];
      const [panelAt, out, rowsAt] = [linked.scratch + panel, linked.scratch + z, linked.scratch + rows];
      const fillRows = windows?.link(linked, rowsAt);
      return (input, count) => {
        const used = Math.ceil(count / TILE);
        fillRows?.(input, count);
        for (let row = 0; row < tables.length; row++) {
          runFill(windows === null ? input : rowsAt, tables[row]!, pairs, used, hop, panelAt);
          runMultiply(panelAt, packed, out + row * stride, pairs, rowPairs, planeStride, used);
        }
        return out;
      };
    },
  };
}
