/**
 * Copies a tile of 16-bit results, rows padded to whole vectors, to where fewer columns are wanted.
 * Invariant: writes `rows × columns` elements and nothing beside them.
 */
import { i32, i64, v128 } from '@bitvox/wasm';
import type { Address, RunBuilder } from './kernel.ts';

/** What to copy; strides of the tile in bytes, of the target in elements. */
export interface TileCopy {
  readonly from: number;
  readonly fromBytes: number;
  readonly to: Address;
  readonly toElements: Address;
  /** At least 1. */
  readonly rows: number;
  /** At most `most`. */
  readonly columns: Address;
  readonly most: number;
}

/** Emits the copy: per row one piece for every bit of `columns`. */
export function copyTile(run: RunBuilder, { from, fromBytes, to, toElements, rows, columns, most }: TileCopy): void {
  const [source, target, rowSource, rowTarget] = [run.let(i32.const(0)), run.let(i32.const(0)), run.let(i32.const(from)), run.let(to)];
  const stride = run.let(i32.shl(toElements, 1));
  const left = run.let(i32.const(rows));
  const piece = (elements: number): void => {
    const bytes = 2 * elements;
    if (elements >= 8) for (let at = 0; at < bytes; at += 16) run.do(v128.store(target, v128.load(source, at), at));
    else if (elements === 4) run.do(i64.store(target, i64.load(source)));
    else if (elements === 2) run.do(i32.store(target, i32.load(source)));
    else run.do(i32.store16(target, i32.load16U(source)));
    run.set(source, i32.add(source, bytes));
    run.set(target, i32.add(target, bytes));
  };
  run.doWhile(
    () => {
      run.set(source, rowSource);
      run.set(target, rowTarget);
      for (let elements = 32; elements >= 1; elements >>= 1) {
        if (elements <= most) run.if(i32.and(columns, elements), () => piece(elements));
      }
      run.set(rowSource, i32.add(rowSource, fromBytes));
      run.set(rowTarget, i32.add(rowTarget, stride));
      run.set(left, i32.sub(left, 1));
    },
    () => left,
  );
}
