/**
 * What the vector namespaces share: one factory for each way a SIMD instruction takes its operands.
 * Invariant: an opcode here is the number after the 0xfd prefix, as printed in the WebAssembly specification.
 */
import { unsigned } from '../encode.ts';
import { WasmError } from '../errors.ts';
import { type Expr, expr, type I32, memarg, type Statement, toI32, type V128, type ValueType } from '../types.ts';

/** The prefixed opcode. */
export const simd = (op: number): number[] => [0xfd, ...unsigned(op)];

/** `v128 -> v128` */
export const unary =
  (op: number) =>
  (a: V128): V128 =>
    expr('v128', a.code, simd(op));
/** `v128, v128 -> v128` */
export const binary =
  (op: number) =>
  (a: V128, b: V128): V128 =>
    expr('v128', a.code, b.code, simd(op));
/** `v128, v128, v128 -> v128` */
export const ternary =
  (op: number) =>
  (a: V128, b: V128, c: V128): V128 =>
    expr('v128', a.code, b.code, c.code, simd(op));
/** `v128, i32 -> v128`; the count is taken modulo the lane width. */
export const shift =
  (op: number) =>
  (a: V128, count: I32): V128 =>
    expr('v128', a.code, toI32(count).code, simd(op));
/** `v128 -> i32` */
export const test =
  (op: number) =>
  (a: V128): Expr<'i32'> =>
    expr('i32', a.code, simd(op));
/** `address -> v128` */
export const load =
  (op: number, align: number) =>
  (address: I32, offset = 0): V128 =>
    expr('v128', toI32(address).code, simd(op), memarg(align, offset));

/** A lane number, checked against the number of lanes. */
function lane(index: number, count: number): number {
  if (!Number.isInteger(index) || index < 0 || index >= count) throw new WasmError('WASM_OPERAND', `Got lane ${index}, wanted 0 to ${count - 1}.`);
  return index;
}

/** `v128 -> scalar`, one lane. */
export const extract =
  <T extends ValueType>(type: T, op: number, count: number) =>
  (a: V128, index: number): Expr<T> =>
    expr(type, a.code, simd(op), lane(index, count));

/** `v128, scalar -> v128`, one lane replaced. */
export const replace =
  <A>(op: number, count: number, toExpr: (value: A) => Expr<ValueType>) =>
  (a: V128, index: number, value: A): V128 =>
    expr('v128', a.code, toExpr(value).code, simd(op), lane(index, count));

/** Reads one lane from memory, keeps the others. */
export const loadLane =
  (op: number, align: number) =>
  (address: I32, value: V128, index: number, offset = 0): V128 =>
    expr('v128', toI32(address).code, value.code, simd(op), memarg(align, offset), lane(index, 16 >> align));

/** Writes one lane to memory. */
export const storeLane =
  (op: number, align: number) =>
  (address: I32, value: V128, index: number, offset = 0): Statement =>
    expr('void', toI32(address).code, value.code, simd(op), memarg(align, offset), lane(index, 16 >> align));

/** A constant out of sixteen bytes. */
export const constant = (bytes: readonly number[]): V128 => expr('v128', simd(0x0c), bytes);

/** The sixteen bytes of a list of lanes, each written by `write`. */
export function laneBytes<T>(lanes: readonly T[], size: 1 | 2 | 4 | 8, write: (view: DataView, at: number, value: T) => void): number[] {
  const count = 16 / size;
  if (lanes.length !== count) throw new WasmError('WASM_OPERAND', `Got ${lanes.length} lanes for a constant, wanted ${count}.`);
  const view = new DataView(new ArrayBuffer(16));
  lanes.forEach((value, index) => write(view, index * size, value));
  return Array.from(new Uint8Array(view.buffer));
}

/** The same value in every lane. */
export const repeat = <T>(value: T, count: number): T[] => Array.from({ length: count }, () => value);

/** Sixteen byte indices of a shuffle, each 0 to 31. */
export function shuffleIndices(indices: readonly number[]): readonly number[] {
  if (indices.length !== 16 || indices.some((index) => !Number.isInteger(index) || index < 0 || index > 31)) {
    throw new WasmError('WASM_OPERAND', `Got shuffle indices [${indices.join(', ')}], wanted sixteen integers of 0 to 31.`);
  }
  return indices;
}
