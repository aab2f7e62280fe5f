/** `conv1d` of bytes: integer weights times `i8` or `sign` activations, over a panel of row pairs. */
import { integerWeights } from '../../lower/weights.ts';
import type { Conv1dStep } from '../../program.ts';
import { denseInt8, pairPanel, TILE } from '../kernels/dense-int8.ts';
import { type Accumulators, scratchStride, type StepContext } from '../step-context.ts';
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
export function denseBytes(context: StepContext, step: Conv1dStep, weights: Exclude<Conv1dStep['weights'], { readonly bits: 32 }>): Accumulators {
  const columns = step.inputChannels * step.window.kernel;
  const pairs = Math.ceil(columns / 2);
  const rowPairs = Math.ceil(step.channels / 2);
  const offsets = windowRows(context, step);
  // A missing partner has weight 0, so any row will do.
  const table = context.layout.constant(Int32Array.from({ length: 2 * pairs }, (_, row) => offsets[row] ?? 0));
  const packed = context.layout.constant(pairWeights(integerWeights(weights, columns), step.channels, columns));
  const tiles = Math.ceil(context.block(step) / TILE);
  const stride = scratchStride(tiles * TILE, 4);
  const [panel, z] = context.layout.scratch(tiles * pairs * TILE * 4, 2 * rowPairs * stride) as [number, number];
  const hop = step.window.stride;
  context.layout.reach(TILE * hop + TILE);
  const [fill, multiply] = [context.use(pairPanel), context.use(denseInt8)];
  return {
    source: 'i32',
    stride,
    link(linked) {
      const [runFill, runMultiply] = [linked.kernel(fill), linked.kernel(multiply)];
      const [panelAt, out] = [linked.scratch + panel, linked.scratch + z];
      return (input, count) => {
        const used = Math.ceil(count / TILE);
        runFill(input, table, pairs, used, hop, panelAt);
        runMultiply(panelAt, packed, out, pairs, rowPairs, stride, used);
        return out;
      };
    },
  };
}
