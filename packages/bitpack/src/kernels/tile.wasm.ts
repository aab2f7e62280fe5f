/**
 * Tiles: the frames of a call in pieces of one width, and the copy of a tile to where fewer columns are wanted.
 * Invariant: every frame is computed; where a call has fewer frames than a tile, only `frames` columns reach `c`.
 */
import { i32, i64, type Local, v128 } from '@bitvox/wasm';
import type { Address, RunBuilder } from './kernel.ts';

/** log2 of the bytes of an accumulator. */
export type ElementShift = 1 | 2;

/** How the frames are cut. */
export interface Tiling {
  /** Rows of results. */
  readonly rows: number;
  /** Frames of a tile, a power of two times the lanes of a vector. */
  readonly width: number;
  readonly elementShift: ElementShift;
  /** log2 of the bytes of an activation, 0 unless told. */
  readonly inputShift?: 0 | 2;
  /** Address of a region of {@link tileBytes}: the results where there are fewer frames than a tile has. */
  readonly tile: number;
}

/** One tile: where it reads and writes. */
export interface Tile {
  /** Address of its first frame in the first row of activations. */
  readonly from: Local<'i32'>;
  /** Address of its first result. */
  readonly out: Local<'i32'>;
  /** Bytes from a row of results to the next. */
  readonly outBytes: Local<'i32'>;
}

/** Bytes of the region at `tile`. */
export const tileBytes = ({ rows, width, elementShift }: Omit<Tiling, 'tile'>): number => rows * (width << elementShift);

/** Emits `body` for every tile. It reads `width` frames and writes as many columns. */
export function eachTile(run: RunBuilder, { rows, width, elementShift, inputShift = 0, tile }: Tiling, body: (tile: Tile) => void): void {
  const { x, c, cStride, frames } = run.params;
  const [first, from, out, outBytes] = [run.local('i32'), run.local('i32'), run.local('i32'), run.local('i32')];
  run.doWhile(
    () => {
      run.if(
        i32.geS(frames, width),
        () => {
          // The last tile moves back to end with the last frame: what it shares with the one before is computed twice, alike.
          run.if(i32.gtS(i32.add(first, width), frames), () => run.set(first, i32.sub(frames, width)));
          run.set(out, i32.add(c, i32.shl(first, elementShift)));
          run.set(outBytes, i32.shl(cStride, elementShift));
        },
        () => {
          run.set(out, tile);
          run.set(outBytes, width << elementShift);
        },
      );
      run.set(from, i32.add(x, inputShift === 0 ? first : i32.shl(first, inputShift)));
      body({ from, out, outBytes });
      run.set(first, i32.add(first, width));
    },
    () => i32.ltS(first, frames),
  );
  run.if(i32.ltS(frames, width), () =>
    copyTile(run, { from: tile, fromBytes: width << elementShift, to: c, toElements: cStride, rows, columns: frames, most: width - 1, elementShift }),
  );
}

/** What to copy; strides of the tile in bytes, of the target in elements. */
interface TileCopy {
  readonly from: number;
  readonly fromBytes: number;
  readonly to: Address;
  readonly toElements: Address;
  /** At least 1. */
  readonly rows: number;
  /** At most `most`. */
  readonly columns: Address;
  readonly most: number;
  readonly elementShift: ElementShift;
}

/** Emits the copy: per row one piece for every bit of `columns`. */
function copyTile(run: RunBuilder, { from, fromBytes, to, toElements, rows, columns, most, elementShift }: TileCopy): void {
  const [source, target, rowSource, rowTarget] = [run.let(i32.const(0)), run.let(i32.const(0)), run.let(i32.const(from)), run.let(to)];
  const stride = run.let(i32.shl(toElements, elementShift));
  const left = run.let(i32.const(rows));
  const piece = (bytes: number): void => {
    if (bytes >= 16) for (let at = 0; at < bytes; at += 16) run.do(v128.store(target, v128.load(source, at), at));
    else if (bytes === 8) run.do(i64.store(target, i64.load(source)));
    else if (bytes === 4) run.do(i32.store(target, i32.load(source)));
    else run.do(i32.store16(target, i32.load16U(source)));
    run.set(source, i32.add(source, bytes));
    run.set(target, i32.add(target, bytes));
  };
  run.doWhile(
    () => {
      run.set(source, rowSource);
      run.set(target, rowTarget);
      for (let elements = 32; elements >= 1; elements >>= 1) {
        if (elements <= most) run.if(i32.and(columns, elements), () => piece(elements << elementShift));
      }
      run.set(rowSource, i32.add(rowSource, fromBytes));
      run.set(rowTarget, i32.add(rowTarget, stride));
      run.set(left, i32.sub(left, 1));
    },
    () => left,
  );
}
