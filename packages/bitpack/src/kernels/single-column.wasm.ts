/**
 * Results of a single frame, one after the other in memory → a column of `c`: vectors where the column is contiguous, else one
 * element at a time.
 */
import { i32, type Local, v128 } from '@bitvox/wasm';
import type { RunBuilder } from './kernel.ts';
import type { ElementShift } from './tile.wasm.ts';

/** What to copy where. */
export interface Column {
  /** Address of the results, with 16 readable bytes after the last. */
  readonly from: number;
  readonly rows: number;
  /** Bytes of an element in the column, as a shift. */
  readonly elementShift: ElementShift;
  /** Bytes of a result as a shift, at least those of an element; what is above an element is dropped. */
  readonly resultShift: ElementShift;
  /** Address of the first element of the column. */
  readonly to: Local<'i32'>;
}

/** Emits the copy. */
export function storeColumn(run: RunBuilder, { from, rows, elementShift, resultShift, to }: Column): void {
  const { cStride } = run.params;
  const [result, out] = [run.let(i32.const(from)), run.let<'i32'>(to)];
  const [end, lanes] = [from + (rows << resultShift), 16 >> elementShift];
  const whole = elementShift === resultShift ? rows - (rows % lanes) : 0;
  const step = (count: number, outBytes: Local<'i32'> | number): void => {
    run.set(result, i32.add(result, count << resultShift));
    run.set(out, i32.add(out, outBytes));
  };
  if (whole > 0) {
    run.if(i32.eq(cStride, 1), () =>
      run.doWhile(
        () => {
          run.do(v128.store(out, v128.load(result)));
          step(lanes, 16);
        },
        () => i32.ltU(result, from + (whole << resultShift)),
      ),
    );
  }
  const cBytes = run.let(i32.shl(cStride, elementShift));
  run.while(
    () => i32.ltU(result, end),
    () => {
      run.do(elementShift === 1 ? i32.store16(out, i32.load16U(result)) : i32.store(out, i32.load(result)));
      step(1, cBytes);
    },
  );
}
