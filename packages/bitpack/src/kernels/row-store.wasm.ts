/**
 * The last step of a kernel that holds the sums of sixteen frames in registers: what is done with them, row after row. They are stored as
 * they are, or an epilogue takes them (`epilogue.wasm.ts`), of which kernels know nothing.
 *
 * Rows are finished in whole steps: up to 15 frames beyond those asked for are overwritten with anything.
 */
import { type FunctionBuilder, i32, type Local, v128 } from '@bitvox/wasm';
import type { EpilogueSource } from './epilogue.ts';

/** Frames that are finished together. */
export const FRAME_STEP = 16;
/** log2 of the bytes of an accumulator. */
export const SOURCE_SHIFT = { i8: 0, i16: 1, i32: 2, f32: 2 } as const;
/** Bytes of so many frames, a multiple of 8 where an element is less than a byte. */
export const bytesOf = (frames: number, shift: number): number => frames * 2 ** shift;

/** Sixteen accumulators of one row in registers: two vectors of 16 bits, or four of 32. */
export interface Accumulators {
  readonly type: 'i16' | 'i32' | 'f32';
  readonly vectors: readonly Local<'v128'>[];
}

/** What happens to the accumulators of a kernel, row after row. The methods emit code. */
export interface RowStore {
  /** To the first row. */
  readonly start: () => void;
  /** Before a row: its constants, and everything at its first frame. */
  readonly beginRow: () => void;
  /** Sixteen frames, `at` frames from where the row stands. */
  readonly finish: (z: Accumulators, at: number) => void;
  /** The row moves on by `frames`. */
  readonly advance: (frames: number) => void;
  /** To the next row. */
  readonly endRow: () => void;
}

/** A last step as part of a function: its parameters behind those of the kernel, and its code. */
export interface LastStep {
  readonly signature: Readonly<Record<string, 'i32'>>;
  /** Emits what comes before the first row into a function that has these parameters. */
  readonly store: (f: FunctionBuilder) => RowStore;
}

/** Rows that move along with the accumulators. */
export interface Rows {
  readonly base: Local<'i32'>;
  /** In elements. */
  readonly stride: Local<'i32'>;
  /** log2 of the bytes of an element; below 0 the stride counts bytes. */
  readonly shift: number;
}

/** Emits the moves of rows; `cursors` are where they stand. */
export function movingRows(f: FunctionBuilder, rows: readonly Rows[]) {
  const moving = rows.map(({ base, stride, shift }) => ({
    base,
    shift,
    bytes: f.let(shift < 0 ? stride : i32.shl(stride, shift)),
    row: f.local('i32'),
    cursor: f.local('i32'),
  }));
  return {
    cursors: moving.map(({ cursor }) => cursor),
    start: (): void => moving.forEach(({ row, base }) => f.set(row, base)),
    beginRow: (): void => moving.forEach(({ cursor, row }) => f.set(cursor, row)),
    advance: (frames: number): void => moving.forEach(({ cursor, shift }) => f.set(cursor, i32.add(cursor, bytesOf(frames, shift)))),
    endRow: (): void => moving.forEach(({ row, bytes }) => f.set(row, i32.add(row, bytes))),
  };
}

/** Stores sums as they are: at `y`, rows `yStride` elements apart. */
export const storeSums = (accumulator: Exclude<EpilogueSource, 'i8'>): LastStep => ({
  signature: { y: 'i32', yStride: 'i32' },
  store: (f) => {
    const { y, yStride } = f.params as Readonly<Record<'y' | 'yStride', Local<'i32'>>>;
    const shift = SOURCE_SHIFT[accumulator];
    const { cursors, ...moves } = movingRows(f, [{ base: y, stride: yStride, shift }]);
    return { ...moves, finish: ({ vectors }, at) => vectors.forEach((vector, n) => f.do(v128.store(cursors[0]!, vector, bytesOf(at, shift) + 16 * n))) };
  },
});
