/**
 * Rearrangements of vectors of four 32-bit lanes that both transforms need, and the allocation of addresses.
 */
import { type Expr, type FunctionBuilder, i32, i32x4, type Local, v128 } from '@bitvox/wasm';

type Vector = Expr<'v128'>;

/** Lanes 0 and 2 of `a`, then of `b`. */
export const evenLanes = (a: Vector, b: Vector): Vector => v128.shuffle(a, b, [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27]);

/** Lanes 1 and 3 of `a`, then of `b`. */
export const oddLanes = (a: Vector, b: Vector): Vector => v128.shuffle(a, b, [4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31]);

/** Lanes in reverse order. */
export function mirrored(f: FunctionBuilder, value: Vector): Local<'v128'> {
  const lanes = f.let(value);
  f.set(lanes, v128.shuffle(lanes, lanes, [12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3]));
  return lanes;
}

/** Rows of a 4 x 4 matrix become its columns. */
export function transposed(f: FunctionBuilder, rows: readonly Vector[]): Local<'v128'>[] {
  const low = (a: Vector, b: Vector): Local<'v128'> => f.let(v128.shuffle(a, b, [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23]));
  const high = (a: Vector, b: Vector): Local<'v128'> => f.let(v128.shuffle(a, b, [8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31]));
  const [a, b, c, d] = rows;
  const [ac, bd, acHigh, bdHigh] = [low(a, c), low(b, d), high(a, c), high(b, d)];
  return [low(ac, bd), high(ac, bd), low(acHigh, bdHigh), high(acHigh, bdHigh)];
}

/** OR of the four lanes. */
export function anyLane(f: FunctionBuilder, value: Vector): Expr<'i32'> {
  const all = f.let(value);
  return [1, 2, 3].reduce<Expr<'i32'>>((or, lane) => i32.or(or, i32x4.extractLane(all, lane)), i32x4.extractLane(all, 0));
}

/** Hands out consecutive ranges of a memory at multiples of 16 bytes. */
export class AddressSpace {
  /** Bytes handed out so far. */
  bytes = 0;

  /** The address of `bytes` fresh bytes. */
  take(bytes: number): number {
    const address = this.bytes;
    this.bytes += (bytes + 15) & ~15;
    return address;
  }
}
