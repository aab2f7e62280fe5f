/** Frames on the lanes: how vectors of them, and single ones, are loaded, added and stored. */
import { type Expr, f32, f32x4, i16x8, i32, type Statement, v128, type ValueType } from '@bitvox/wasm';

/** What a frame holds. */
export type TernaryElement = 'f32' | 'i16';

/** Bytes of one frame of one channel, as a shift. */
export const ELEMENT_SHIFT: Readonly<Record<TernaryElement, number>> = { f32: 2, i16: 1 };

/** Bytes of a vector of frames. */
export const VECTOR_BYTES = 16;

export interface Lanes<T extends ValueType> {
  readonly type: T;
  zero(): Expr<T>;
  load(address: Expr<'i32'>, offset: number): Expr<T>;
  add(a: Expr<T>, b: Expr<T>): Expr<T>;
  sub(a: Expr<T>, b: Expr<T>): Expr<T>;
  store(address: Expr<'i32'>, value: Expr<T>, offset: number): Statement;
}

export const VECTORS: Readonly<Record<TernaryElement, Lanes<'v128'>>> = {
  f32: { type: 'v128', zero: v128.zero, load: v128.load, add: f32x4.add, sub: f32x4.sub, store: v128.store },
  i16: { type: 'v128', zero: v128.zero, load: v128.load, add: i16x8.add, sub: i16x8.sub, store: v128.store },
};

export const SCALARS: { readonly f32: Lanes<'f32'>; readonly i16: Lanes<'i32'> } = {
  f32: { type: 'f32', zero: () => f32.const(0), load: f32.load, add: f32.add, sub: f32.sub, store: f32.store },
  i16: { type: 'i32', zero: () => i32.const(0), load: i32.load16S, add: i32.add, sub: i32.sub, store: i32.store16 },
};
