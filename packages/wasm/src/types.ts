/**
 * Value types and typed expressions.
 * Invariant: the type parameter of an expression is the type of the value it leaves on the stack, so a program
 * that TypeScript accepts is one that WebAssembly validates.
 */
import { type Code, signed, unsigned } from './encode.ts';
import { WasmError } from './errors.ts';

/** The types a WebAssembly value may have here. */
export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

/** An expression that leaves one value of type `T`, or nothing for `'void'` (a statement). */
export interface Expr<T extends ValueType | 'void'> {
  readonly type: T;
  readonly code: Code;
}

/** A statement: an expression that leaves nothing. */
export type Statement = Expr<'void'>;

/** A local variable or parameter. As an expression it reads itself. */
export interface Local<T extends ValueType> extends Expr<T> {
  readonly index: number;
}

/** An `i32` operand: an expression, or a number that becomes a constant. */
export type I32 = Expr<'i32'> | number;
/** An `f32` operand: an expression, or a number that becomes a constant. */
export type F32 = Expr<'f32'> | number;
/** An `f64` operand: an expression, or a number that becomes a constant. */
export type F64 = Expr<'f64'> | number;
/** An `i64` operand: an expression, or a bigint that becomes a constant. */
export type I64 = Expr<'i64'> | bigint;
/** A `v128` operand. */
export type V128 = Expr<'v128'>;

/** The byte that stands for a value type. */
export const TYPE_BYTE: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};

/** Builds an expression from its parts. */
export function expr<T extends ValueType | 'void'>(type: T, ...code: Code): Expr<T> {
  return { type, code };
}

/** Turns a number into an `i32.const`; leaves expressions alone. */
export function toI32(value: I32): Expr<'i32'> {
  return typeof value === 'number' ? expr('i32', 0x41, signed(value)) : value;
}

/** The alignment and offset immediate of a memory instruction. */
export function memarg(align: number, offset: number): Code {
  if (!Number.isInteger(offset) || offset < 0 || offset > 0xffffffff)
    throw new WasmError('WASM_OPERAND', `Got memory offset ${offset}, wanted an integer of 0 to 2^32 - 1.`);
  return [align, unsigned(offset)];
}
