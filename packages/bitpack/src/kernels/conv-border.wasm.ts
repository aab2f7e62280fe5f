/**
 * Zero padding of bits by correction. A product of bits takes a position outside the plane for a 0, which counts −1; so an
 * output pixel with taps outside lacks the sum of their weights,
 *
 *     Y[m][y][x] += Σ over c and taps (i, j) outside of W[m][c][i][j],
 *
 * one of few numbers: which taps are outside depends on how a row and a column lie to the borders, nothing else.
 * Invariant: no pixel whose taps are all inside is listed.
 */
import { i32 } from '@bitvox/wasm';
import { buildFunction, repeat } from './conv-kernel.ts';
import { type ConvShape, outputPair } from './conv-shape.ts';
import { accumulatorShift, type GemmAccumulator, type KernelTarget } from './kernel.ts';

/** Bytes of one listed pixel: where it is in an output plane, and which correction it gets, both as element numbers. */
const PIXEL_BYTES = 8;

/** Which pixels of an output are to be corrected, and the corrections there are. */
export interface ConvBorder {
  readonly pixels: readonly { readonly position: number; readonly correction: number }[];
  /** Numbers of the taps outside, by correction. */
  readonly corrections: readonly (readonly number[])[];
}

/** Where nothing lies outside, or padding needs no correction. */
export const NO_BORDER: ConvBorder = { pixels: [], corrections: [] };

/** Along one axis: for every output the number of its class, and for every class whether each tap is inside. */
function classesAlong(shape: ConvShape, axis: 0 | 1): { readonly classOf: readonly number[]; readonly inside: readonly (readonly boolean[])[] } {
  const [extent, before] = axis === 0 ? [shape.height, shape.margins.top] : [shape.width, shape.margins.left];
  const known = new Map<string, { readonly number: number; readonly inside: boolean[] }>();
  const classOf = Array.from({ length: outputPair(shape)[axis] }, (_, output) => {
    const inside = Array.from({ length: shape.taps[axis] }, (_tap, tap) => {
      const position = output * shape.stride[axis] + tap * shape.dilation[axis] - before;
      return position >= 0 && position < extent;
    });
    const found = known.get(inside.join()) ?? { number: known.size, inside };
    known.set(inside.join(), found);
    return found.number;
  });
  return { classOf, inside: [...known.values()].map((found) => found.inside) };
}

/** The border of a convolution; empty where nothing lies outside. */
export function convBorder(shape: ConvShape): ConvBorder {
  const [rows, columns] = [classesAlong(shape, 0), classesAlong(shape, 1)];
  const corrections = rows.inside.flatMap((rowInside) =>
    columns.inside.map((columnInside) => rowInside.flatMap((row, i) => columnInside.flatMap((column, j) => (row && column ? [] : [i * shape.taps[1] + j])))),
  );
  const pixels = rows.classOf.flatMap((row, y) =>
    columns.classOf.flatMap((column, x) => {
      const correction = row * columns.inside.length + column;
      return corrections[correction]!.length === 0 ? [] : [{ position: y * columns.classOf.length + x, correction }];
    }),
  );
  return { pixels, corrections };
}

/** Bytes of {@link packBorder}. */
export const borderBytes = ({ outputs }: ConvShape, { pixels, corrections }: ConvBorder): number =>
  pixels.length * PIXEL_BYTES + 4 * outputs * corrections.length;

/** The listed pixels, then the corrections, i32 `[output][correction]`. @param values weights `[output][channel][tap]` */
export function packBorder(values: Int8Array, shape: ConvShape, border: ConvBorder): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(borderBytes(shape, border)));
  border.pixels.forEach(({ position, correction }, n) => {
    view.setInt32(n * PIXEL_BYTES, position, true);
    view.setInt32(n * PIXEL_BYTES + 4, correction, true);
  });
  const taps = shape.taps[0] * shape.taps[1];
  const sums = new Int32Array(shape.outputs * taps);
  values.forEach((value, at) => (sums[Math.floor(at / (shape.channels * taps)) * taps + (at % taps)]! += value));
  for (let output = 0; output < shape.outputs; output++) {
    border.corrections.forEach((outside, n) => {
      const missing = outside.reduce((sum, tap) => sum + sums[output * taps + tap]!, 0);
      view.setInt32(border.pixels.length * PIXEL_BYTES + 4 * (output * border.corrections.length + n), missing, true);
    });
  }
  return new Uint8Array(view.buffer);
}

/** The module that adds the corrections to all outputs: `run(border, y, yStride)`. */
export function buildBorder(
  shape: ConvShape,
  target: KernelTarget,
  accumulator: GemmAccumulator,
  { pixels, corrections }: ConvBorder,
): Uint8Array<ArrayBuffer> {
  return buildFunction(target, ['border', 'y', 'yStride'] as const, (run) => {
    const { border, y, yStride } = run.params;
    const [pixel, at] = run.locals('i32', 2);
    const values = run.let(i32.add(border, pixels.length * PIXEL_BYTES));
    const shift = accumulatorShift(accumulator);
    repeat(run, shape.outputs, () => {
      run.set(pixel, border);
      repeat(run, pixels.length, () => {
        run.set(at, i32.add(y, i32.shl(i32.load(pixel), shift)));
        const correction = i32.load(i32.add(values, i32.shl(i32.load(pixel, 4), 2)));
        run.do(shift === 1 ? i32.store16(at, i32.add(i32.load16S(at), correction)) : i32.store(at, i32.add(i32.load(at), correction)));
        run.set(pixel, i32.add(pixel, PIXEL_BYTES));
      });
      run.set(values, i32.add(values, 4 * corrections.length));
      run.set(y, i32.add(y, i32.shl(yStride, shift)));
    });
  });
}
