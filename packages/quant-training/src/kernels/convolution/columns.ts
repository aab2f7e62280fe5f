/**
 * Rows of the unfolded input ("im2col"): row `(channel, tapRow, tapColumn)` holds, for every output position, the input that this tap reads there.
 *
 * Invariant: rows are written in ascending order by whole vectors, so up to three floats past the end of a row are overwritten; the buffer has slack.
 */
import { type Expr, f32, f32x4, type FunctionBuilder, i32, type Local, type Signature, v128 } from '@bitvox/wasm';
import { type Geometry, geometryKey } from '../geometry.ts';
import { at, type KernelLibrary } from '../library.ts';
import { emitSegments } from './segments.ts';

/** Column and depth block of an unfolded product. */
export const COLUMNS = 512;
/** Bytes of a buffer for one row of unfolded input. */
export const ROW_BYTES = COLUMNS * 4 + 64;

const UNFOLD = { plane: 'i32', tap: 'i32', first: 'i32', count: 'i32', row: 'i32' } as const;

/** Writes `count` columns, from column `first`, of the row of one tap to `row`. */
export function unfoldRow(library: KernelLibrary, geometry: Geometry): FunctionBuilder<typeof UNFOLD, 'void'> {
  const { time } = geometry;
  return library.function(`convolution_unfold_${geometryKey(geometry)}`, UNFOLD, (f) => {
    const { plane, tap, first, count, row } = f.params;
    const [tapRow, tapColumn] = [f.let(i32.divU(tap, time.kernel)), f.let(i32.remU(tap, time.kernel))];
    emitSegments(f, geometry, { tapRow, tapColumn, first, count, plane }, ({ length, low, high, source }) => {
      const [write, stop] = [f.let(row), f.local('i32')];
      const zeroUpTo = (bound: typeof low): void => {
        f.set(stop, at(row, bound));
        f.while(
          () => i32.ltU(write, stop),
          () => {
            f.do(v128.store(write, v128.zero()));
            f.set(write, i32.add(write, 16));
          },
        );
        f.set(write, stop);
      };
      zeroUpTo(low);
      emitCopy(f, { write, stop: at(row, high), source, stride: time.stride });
      f.set(write, at(row, high));
      zeroUpTo(length);
      f.set(row, at(row, length));
    });
  });
}

interface Copy {
  readonly write: Local<'i32'>;
  readonly stop: Expr<'i32'>;
  readonly source: Local<'i32'>;
  readonly stride: number;
}

function emitCopy(f: FunctionBuilder<Signature, 'void'>, { write, stop, source, stride }: Copy): void {
  const end = f.let(stop);
  f.while(
    () => i32.ltU(write, end),
    () => {
      if (stride === 1) f.do(v128.store(write, v128.load(source)));
      else f.do(f32.store(write, f32.load(source)));
      f.set(source, i32.add(source, stride === 1 ? 16 : stride * 4));
      f.set(write, i32.add(write, stride === 1 ? 16 : 4));
    },
  );
}

const SPREAD = { row: 'i32', count: 'i32', destination: 'i32', panelBytes: 'i32' } as const;

/** Spreads a row over panels of sixteen columns. */
export function spreadRow(library: KernelLibrary): FunctionBuilder<typeof SPREAD, 'void'> {
  return library.function('convolution_spread', SPREAD, (f) => {
    const { row, count, destination, panelBytes } = f.params;
    f.doWhile(
      () => {
        for (const offset of [0, 16, 32, 48]) f.do(v128.store(destination, v128.load(row, offset), offset));
        f.set(row, i32.add(row, 64));
        f.set(destination, i32.add(destination, panelBytes));
        f.set(count, i32.sub(count, 16));
      },
      () => i32.gtS(count, 0),
    );
  });
}

const FOLD = { plane: 'i32', tap: 'i32', first: 'i32', count: 'i32', row: 'i32' } as const;

/** The transpose of `unfoldRow`: adds a row of one tap to the input positions that it came from. */
export function foldRow(library: KernelLibrary, geometry: Geometry): FunctionBuilder<typeof FOLD, 'void'> {
  const { time } = geometry;
  return library.function(`convolution_fold_${geometryKey(geometry)}`, FOLD, (f) => {
    const { plane, tap, first, count, row } = f.params;
    const [tapRow, tapColumn] = [f.let(i32.divU(tap, time.kernel)), f.let(i32.remU(tap, time.kernel))];
    emitSegments(f, geometry, { tapRow, tapColumn, first, count, plane }, ({ length, low, high, source }) => {
      const [read, stop] = [f.let(at(row, low)), f.let(at(row, high))];
      if (time.stride === 1) {
        const vectors = f.let(i32.sub(stop, 12));
        f.while(
          () => i32.ltU(read, vectors),
          () => {
            f.do(v128.store(source, f32x4.add(v128.load(source), v128.load(read))));
            f.set(source, i32.add(source, 16));
            f.set(read, i32.add(read, 16));
          },
        );
      }
      f.while(
        () => i32.ltU(read, stop),
        () => {
          f.do(f32.store(source, f32.add(f32.load(source), f32.load(read))));
          f.set(source, i32.add(source, time.stride * 4));
          f.set(read, i32.add(read, 4));
        },
      );
      f.set(row, at(row, length));
    });
  });
}
