/**
 * Where the pixels under a tap lie. A tap read for a grid of rows and columns is a shifted, thinned copy of the plane,
 *
 *     grid[r][q] = X[r·stride + row][q·stride + column],   padding outside,
 *
 * which a `GridSource` says in four numbers. The matrix product takes one grid per channel and tap. The table kernel takes
 * one per channel and phase: pixels dealt out by their remainder modulo the stride, so that whatever the stride and
 * dilation, a tap of neighbouring outputs is neighbouring bytes of one phase.
 * Invariant: rows of a phase cover every output column under every tap, so a phase can be read as one flat line.
 */
import { type ConvShape, outputPair, type Tap, tapsOf } from './conv-shape.ts';

/** 32-bit numbers of a {@link GridSource} in memory. */
export const SOURCE_BYTES = 16;

/** Which pixels a grid shows. */
export interface GridSource {
  /** Input row and column of grid position (0, 0); negative within the margins. */
  readonly row: number;
  readonly column: number;
  /** Columns of the grid that show pixels: from the first to before the end; `first <= end`. */
  readonly first: number;
  readonly end: number;
}

/** The source of a grid of `columns` columns under a tap. */
export function gridSource({ width, stride, margins }: ConvShape, columns: number, { down, right }: Tap): GridSource {
  const column = right - margins.left;
  const before = (edge: number): number => Math.min(columns, Math.max(0, Math.ceil((edge - column) / stride[1])));
  return { row: down - margins.top, column, first: before(0), end: Math.max(before(0), before(width)) };
}

/** Sources as they lie in memory. */
export function sourceBytes(sources: readonly GridSource[]): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(sources.length * SOURCE_BYTES));
  sources.forEach(({ row, column, first, end }, n) =>
    [row, column, first, end].forEach((value, field) => view.setInt32(n * SOURCE_BYTES + 4 * field, value, true)),
  );
  return new Uint8Array(view.buffer);
}

/** The phases of one channel. */
export interface PhaseLayout {
  /** The first pixel of each phase that a tap reads. */
  readonly phases: readonly Tap[];
  /** Rows a phase has beyond those of the outputs. */
  readonly extraRows: number;
  /** Columns of a phase. */
  readonly columns: number;
}

const distinct = (values: readonly number[]): number[] => [...new Set(values)].toSorted((a, b) => a - b);

/** The phases of a convolution. */
export function phaseLayout(shape: ConvShape): PhaseLayout {
  const { taps, dilation, stride } = shape;
  const [down, right] = stride.map((step, axis) => distinct(Array.from({ length: taps[axis]! }, (_, n) => (n * dilation[axis]!) % step))) as [
    number[],
    number[],
  ];
  const [extraRows, extraColumns] = stride.map((step, axis) => Math.floor(((taps[axis]! - 1) * dilation[axis]!) / step)) as [number, number];
  return {
    phases: down.flatMap((row) => right.map((column) => ({ down: row, right: column }))),
    extraRows,
    columns: outputPair(shape)[1] + extraColumns,
  };
}

/** Where each tap of output (0, 0) lies: its phase, and the flat position within. */
export function tapPositions(shape: ConvShape, { phases, columns }: PhaseLayout): { readonly phase: number; readonly position: number }[] {
  const { stride } = shape;
  return tapsOf(shape).map(({ down, right }) => ({
    phase: phases.findIndex((phase) => phase.down === down % stride[0] && phase.right === right % stride[1]),
    position: Math.floor(down / stride[0]) * columns + Math.floor(right / stride[1]),
  }));
}
