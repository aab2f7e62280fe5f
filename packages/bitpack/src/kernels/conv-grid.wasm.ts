/**
 * The copy of pixels into a grid (`conv-planes.ts`): row after row, padding, pixels, padding.
 *
 * With vectors a run is written in whole vectors and may spill up to 15 bytes past its end, where the next run is written
 * after it; so grids are written upwards, with {@link GRID_SLACK} bytes behind the last, and pixels are read up to
 * `EXTRA_BYTES` beyond their end.
 */
import { type Expr, type I32, i32, i8x16, type Local, select, v128, type V128 } from '@bitvox/wasm';
import { EXTRA_BYTES } from '../layout.ts';
import { type Emitter, repeat } from './conv-kernel.ts';
import type { ConvShape } from './conv-shape.ts';

/** Bytes behind a grid that its copy may write. */
export const GRID_SLACK = 16;

/** How pixels are moved, and what lies outside. */
export interface GridForm {
  readonly vectors: boolean;
  /** The byte outside the plane: 0, or −1 for activations of `int8` that count as −1 there. */
  readonly outside: 0 | -1;
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

/** Every `step`-th of the bytes from `from` on. */
function thinned(from: Local<'i32'>, step: number): V128 {
  let picked = v128.load(from);
  for (let n = 1; n < step; n++) {
    const index = (lane: number): number => (n > 1 && lane * step < 16 * n ? lane : Math.min(31, lane * step - 16 * (n - 1)));
    picked = v128.shuffle(
      picked,
      v128.load(from, 16 * n),
      Array.from({ length: 16 }, (_, lane) => index(lane)),
    );
  }
  return picked;
}

/** Emits the copy of a part of a grid. */
export function copyGrid(
  run: Emitter,
  { height, width, stride }: ConvShape,
  { vectors, outside }: GridForm,
  { channel, source, firstRow, rows, firstColumn, columns, to }: GridPart,
): void {
  // Wider steps would read further beyond the pixels than is allowed.
  const lanes = vectors && 16 * stride[1] <= EXTRA_BYTES ? 16 : 1;
  const at = run.let(i32.add(source, 0));
  const [from, stop, rowStart, start, end] = [run.local('i32'), run.local('i32'), run.local('i32'), run.local('i32'), run.local('i32')];
  const clamped = (column: Expr<'i32'>, low: I32): Expr<'i32'> => {
    const least = select(i32.gtS(column, low), column, i32.add(low, 0));
    return select(i32.ltS(least, columns), least, i32.add(columns, 0));
  };
  run.set(start, clamped(i32.sub(i32.load(at, 8), firstColumn), 0));
  run.set(end, clamped(i32.sub(i32.load(at, 12), firstColumn), start));
  const row = run.let(i32.add(i32.mul(firstRow, stride[0]), i32.load(at)));

  const writeTo = (target: Expr<'i32'>, element: () => void): void => {
    run.set(stop, target);
    run.if(i32.ltU(to, stop), () =>
      run.doWhile(
        () => {
          element();
          run.set(to, i32.add(to, lanes));
        },
        () => i32.ltU(to, stop),
      ),
    );
    run.set(to, stop);
  };
  const padding = (): void => run.do(lanes === 16 ? v128.store(to, i8x16.constSplat(outside)) : i32.store8(to, outside));
  const pixels = (): void => {
    run.do(lanes === 16 ? v128.store(to, thinned(from, stride[1])) : i32.store8(to, i32.load8U(from)));
    run.set(from, i32.add(from, lanes * stride[1]));
  };

  repeat(run, rows, () => {
    run.set(rowStart, to);
    run.if(i32.ltU(row, height), () => {
      writeTo(i32.add(rowStart, start), padding);
      const first = i32.add(i32.load(at, 4), i32.mul(i32.add(firstColumn, start), stride[1]));
      run.set(from, i32.add(channel, i32.add(i32.mul(row, width), first)));
      writeTo(i32.add(rowStart, end), pixels);
    });
    writeTo(i32.add(rowStart, columns), padding);
    run.set(row, i32.add(row, stride[0]));
  });
}
