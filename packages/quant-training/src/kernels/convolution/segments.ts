/**
 * Walks the output positions of one tap of a convolution in runs that lie in one row.
 *
 * Column `n` of the unfolded input stands for output `(b, ho, to)` in row-major order. Of a run of outputs `[to, to + length)`, the part `[low, high)`
 * reads the input; the rest reads padding.
 * Invariant: the runs of a range are visited in ascending order and cover it exactly.
 */
import { type Expr, type FunctionBuilder, i32, type Local, select, type Signature } from '@bitvox/wasm';
import type { Axis, Geometry } from '../geometry.ts';

/** Which columns of which tap to visit. */
export interface ColumnRange {
  /** Row and column of the tap in the window. */
  readonly tapRow: Expr<'i32'>;
  readonly tapColumn: Expr<'i32'>;
  readonly first: Expr<'i32'>;
  readonly count: Expr<'i32'>;
  /** Address of the channel `[b, h, t]`. */
  readonly plane: Expr<'i32'>;
}

/** One run. `low` and `high` count from its first column; `low === high` where the whole run is padding. */
export interface Segment {
  readonly length: Local<'i32'>;
  readonly low: Local<'i32'>;
  readonly high: Local<'i32'>;
  /** Address of the input element that column `low` reads. */
  readonly source: Local<'i32'>;
}

/** `ceil(value / divisor)` for a value that may be negative, clamped below at 0; the divisor is a constant. */
function ceilDivide(f: FunctionBuilder<Signature, 'void'>, value: Expr<'i32'>, divisor: number): Local<'i32'> {
  const raised = f.let(i32.add(value, divisor - 1));
  f.set(raised, select(i32.ltS(raised, 0), i32.const(0), raised));
  if (divisor > 1) f.set(raised, i32.divU(raised, divisor));
  return raised;
}

function position(axis: Axis, output: Expr<'i32'>, tap: Expr<'i32'>): Expr<'i32'> {
  return i32.sub(i32.add(i32.mul(output, axis.stride), i32.mul(tap, axis.dilation)), axis.before);
}

/** Emits the walk; `visit` emits what is done with a run. */
export function emitSegments(f: FunctionBuilder<Signature, 'void'>, { height, time }: Geometry, range: ColumnRange, visit: (segment: Segment) => void): void {
  const left = f.let(range.count);
  const line = f.let(i32.divU(range.first, time.output));
  const column = f.let(i32.remU(range.first, time.output));
  const image = f.let(i32.divU(line, height.output));
  const row = f.let(i32.remU(line, height.output));
  const [length, low, high, source, inputRow] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
  const firstValid = ceilDivide(f, i32.sub(time.before, i32.mul(range.tapColumn, time.dilation)), time.stride);
  const afterValid = ceilDivide(f, i32.sub(time.size + time.before, i32.mul(range.tapColumn, time.dilation)), time.stride);
  f.doWhile(
    () => {
      f.set(length, i32.sub(time.output, column));
      f.set(length, select(i32.ltS(length, left), length, left));
      f.set(inputRow, position(height, row, range.tapRow));
      f.if(
        i32.ltU(inputRow, height.size),
        () => {
          const clamp = (bound: Expr<'i32'>): Expr<'i32'> => {
            const relative = f.let(i32.sub(bound, column));
            f.set(relative, select(i32.ltS(relative, 0), i32.const(0), relative));
            return select(i32.ltS(relative, length), relative, length);
          };
          f.set(low, clamp(firstValid));
          f.set(high, clamp(afterValid));
          f.set(high, select(i32.ltS(high, low), low, high));
          const start = i32.add(i32.mul(i32.add(i32.mul(image, height.size), inputRow), time.size), position(time, i32.add(column, low), range.tapColumn));
          f.set(source, i32.add(range.plane, i32.shl(start, 2)));
        },
        () => {
          f.set(low, length);
          f.set(high, length);
        },
      );
      visit({ length, low, high, source });
      f.set(left, i32.sub(left, length));
      f.set(column, 0);
      f.set(row, i32.add(row, 1));
      f.if(i32.eq(row, height.output), () => {
        f.set(row, 0);
        f.set(image, i32.add(image, 1));
      });
    },
    () => left,
  );
}
