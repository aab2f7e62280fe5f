/**
 * The copy of pixels into a grid (`conv-planes.ts`): row after row, its pixels and the padding up to those of the next row.
 *
 * With vectors a run is written in whole vectors and may spill up to 15 bytes past its end, where the next run is written
 * after it; so grids are written upwards, with {@link gridSlack} bytes behind the last, and pixels are read up to
 * `EXTRA_BYTES` beyond their end.
 */
import { type Expr, type I32, i32, i32x4, type Local, select, v128, type V128 } from '@bitvox/wasm';
import { EXTRA_BYTES } from '../layout.ts';
import { type Emitter, repeat } from './conv-kernel.ts';
import type { ConvShape } from './conv-shape.ts';

/** Bytes behind a grid that its copy may write: padding of a row that does not follow, and the end of a vector. */
export const gridSlack = (columns: number, pixelBytes: number): number => columns * pixelBytes + 16;

/** How pixels are moved, and what lies outside. */
export interface GridForm {
  readonly vectors: boolean;
  /** Bytes of a pixel. */
  readonly pixelBytes: 1 | 4;
  /** The pixel outside the plane, four bytes of it as one number. */
  readonly outside: number;
}

/** Which part of which grid is written where. */
export interface GridPart {
  /** Address of the channel's first pixel. */
  readonly channel: Local<'i32'>;
  /** Address of the grid's source. */
  readonly source: I32;
  readonly firstRow: I32;
  readonly rows: I32;
  readonly firstColumn: I32;
  readonly columns: I32;
  /** Where it is written; afterwards where it ends. */
  readonly to: Local<'i32'>;
}

/** Every `step`-th of the pixels from `from` on. */
function thinned(from: Local<'i32'>, step: number, pixelBytes: number): V128 {
  let picked = v128.load(from);
  for (let n = 1; n < step; n++) {
    const index = (byte: number): number => {
      const source = Math.floor(byte / pixelBytes) * step * pixelBytes + (byte % pixelBytes);
      return n > 1 && source < 16 * n ? byte : Math.min(31, source - 16 * (n - 1));
    };
    picked = v128.shuffle(
      picked,
      v128.load(from, 16 * n),
      Array.from({ length: 16 }, (_, byte) => index(byte)),
    );
  }
  return picked;
}

/** Emits the copy of a part of a grid. */
export function copyGrid(
  run: Emitter,
  { height, width, stride }: ConvShape,
  { vectors, pixelBytes, outside }: GridForm,
  { channel, source, firstRow, rows, firstColumn, columns, to }: GridPart,
): void {
  // Wider steps would read further beyond the pixels than is allowed.
  const moved = vectors && 16 * stride[1] <= EXTRA_BYTES ? 16 : pixelBytes;
  const bytes = (pixels: I32): Expr<'i32'> => i32.mul(pixels, pixelBytes);
  const at = run.let(i32.add(source, 0));
  const [from, stop, rowStart, start, end] = run.locals('i32', 5);
  const clamped = (column: Expr<'i32'>, low: I32): Expr<'i32'> => {
    const least = select(i32.gtS(column, low), column, i32.add(low, 0));
    return select(i32.ltS(least, columns), least, i32.add(columns, 0));
  };
  run.set(start, clamped(i32.sub(i32.load(at, 8), firstColumn), 0));
  run.set(end, clamped(i32.sub(i32.load(at, 12), firstColumn), start));
  const row = run.let(i32.add(i32.mul(firstRow, stride[0]), i32.load(at)));
  const column = i32.add(i32.load(at, 4), i32.mul(i32.add(firstColumn, start), stride[1]));
  const pixelRow = run.let(i32.add(channel, bytes(i32.add(i32.mul(row, width), column))));
  const [before, inside, rowBytes] = [run.let(bytes(start)), run.let(bytes(i32.sub(end, start))), run.let(bytes(columns))];

  const writeTo = (target: Expr<'i32'>, element: () => void): void => {
    run.set(stop, target);
    run.if(i32.ltU(to, stop), () =>
      run.doWhile(
        () => {
          element();
          run.set(to, i32.add(to, moved));
        },
        () => i32.ltU(to, stop),
      ),
    );
    run.set(to, stop);
  };
  const padding = (): void => {
    if (moved === 16) run.do(v128.store(to, i32x4.constSplat(outside)));
    else run.do(pixelBytes === 1 ? i32.store8(to, outside) : i32.store(to, outside));
  };
  const pixels = (): void => {
    if (moved === 16) run.do(v128.store(to, thinned(from, stride[1], pixelBytes)));
    else run.do(pixelBytes === 1 ? i32.store8(to, i32.load8U(from)) : i32.store(to, i32.load(from)));
    run.set(from, i32.add(from, moved * stride[1]));
  };

  writeTo(i32.add(to, before), padding);
  repeat(run, rows, () => {
    run.set(rowStart, to);
    run.if(i32.ltU(row, height), () => {
      run.set(from, pixelRow);
      writeTo(i32.add(rowStart, inside), pixels);
    });
    writeTo(i32.add(rowStart, rowBytes), padding);
    run.set(row, i32.add(row, stride[0]));
    run.set(pixelRow, i32.add(pixelRow, stride[0] * width * pixelBytes));
  });
  run.set(to, i32.sub(to, before));
}
