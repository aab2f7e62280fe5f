/**
 * Zero padding of bits by correction. A product of bits takes a position outside the plane for a 0, which counts −1; so an
 * output pixel with taps outside lacks the sum of their weights,
 *
 *     Y[m][y][x] += Σ over c and taps (i, j) outside of W[m][c][i][j],
 *
 * one of few numbers: which taps are outside depends on how a row and a column lie to the borders, nothing else.
 * Invariant: no pixel whose taps are all inside is listed.
 */
import { type ConvShape, outputPair } from './conv-shape.ts';

/** Bytes of one listed pixel: where it is in an output plane, and which correction it gets, both as element numbers. */
export const PIXEL_BYTES = 8;

/** Which pixels of an output are to be corrected, and the corrections there are. */
export interface ConvBorder {
  readonly pixels: readonly { readonly position: number; readonly correction: number }[];
  /** Numbers of the taps outside, by correction. */
  readonly corrections: readonly (readonly number[])[];
}

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
