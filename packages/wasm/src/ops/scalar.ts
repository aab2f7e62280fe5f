/**
 * Scalar instructions: `i32`, `i64`, `f32`, `f64`.
 * Names follow the WebAssembly text format in camel case (`i32.shr_u` is `i32.shrU`).
 */
import { signed, signed64, unsigned } from '../encode.ts';
import { type Expr, expr, type F32, type F64, type I32, type I64, memarg, type Statement, toI32, type ValueType } from '../types.ts';

function floatBytes(value: number, size: 4 | 8): number[] {
  const view = new DataView(new ArrayBuffer(size));
  if (size === 4) view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
  return Array.from(new Uint8Array(view.buffer));
}

/** Turns a bigint into an `i64.const`; leaves expressions alone. */
export const toI64 = (value: I64): Expr<'i64'> => (typeof value === 'bigint' ? expr('i64', 0x42, signed64(value)) : value);
/** Turns a number into an `f32.const`; leaves expressions alone. */
export const toF32 = (value: F32): Expr<'f32'> => (typeof value === 'number' ? expr('f32', 0x43, floatBytes(value, 4)) : value);
/** Turns a number into an `f64.const`; leaves expressions alone. */
export const toF64 = (value: F64): Expr<'f64'> => (typeof value === 'number' ? expr('f64', 0x44, floatBytes(value, 8)) : value);

const i32Binary =
  (op: number) =>
  (a: I32, b: I32): Expr<'i32'> =>
    expr('i32', toI32(a).code, toI32(b).code, op);
const i32Unary =
  (op: number) =>
  (a: I32): Expr<'i32'> =>
    expr('i32', toI32(a).code, op);
const load =
  <T extends ValueType>(type: T, op: number, align: number) =>
  (address: I32, offset = 0): Expr<T> =>
    expr(type, toI32(address).code, op, memarg(align, offset));

/** 32-bit integers; also addresses and conditions. */
export const i32 = {
  const: (value: number): Expr<'i32'> => expr('i32', 0x41, signed(value)),
  eqz: i32Unary(0x45),
  eq: i32Binary(0x46),
  ne: i32Binary(0x47),
  ltS: i32Binary(0x48),
  ltU: i32Binary(0x49),
  gtS: i32Binary(0x4a),
  gtU: i32Binary(0x4b),
  leS: i32Binary(0x4c),
  leU: i32Binary(0x4d),
  geS: i32Binary(0x4e),
  geU: i32Binary(0x4f),
  clz: i32Unary(0x67),
  ctz: i32Unary(0x68),
  popcnt: i32Unary(0x69),
  add: i32Binary(0x6a),
  sub: i32Binary(0x6b),
  mul: i32Binary(0x6c),
  divS: i32Binary(0x6d),
  divU: i32Binary(0x6e),
  remS: i32Binary(0x6f),
  remU: i32Binary(0x70),
  and: i32Binary(0x71),
  or: i32Binary(0x72),
  xor: i32Binary(0x73),
  shl: i32Binary(0x74),
  shrS: i32Binary(0x75),
  shrU: i32Binary(0x76),
  rotl: i32Binary(0x77),
  rotr: i32Binary(0x78),
  extend8S: i32Unary(0xc0),
  extend16S: i32Unary(0xc1),
  load: load('i32', 0x28, 2),
  load8S: load('i32', 0x2c, 0),
  load8U: load('i32', 0x2d, 0),
  load16S: load('i32', 0x2e, 1),
  load16U: load('i32', 0x2f, 1),
  store: (address: I32, value: I32, offset = 0): Statement => expr('void', toI32(address).code, toI32(value).code, 0x36, memarg(2, offset)),
  store8: (address: I32, value: I32, offset = 0): Statement => expr('void', toI32(address).code, toI32(value).code, 0x3a, memarg(0, offset)),
  store16: (address: I32, value: I32, offset = 0): Statement => expr('void', toI32(address).code, toI32(value).code, 0x3b, memarg(1, offset)),
  wrapI64: (a: I64): Expr<'i32'> => expr('i32', toI64(a).code, 0xa7),
  reinterpretF32: (a: F32): Expr<'i32'> => expr('i32', toF32(a).code, 0xbc),
  truncSatF32S: (a: F32): Expr<'i32'> => expr('i32', toF32(a).code, 0xfc, 0x00),
  truncSatF64S: (a: F64): Expr<'i32'> => expr('i32', toF64(a).code, 0xfc, 0x02),
  truncSatF32U: (a: F32): Expr<'i32'> => expr('i32', toF32(a).code, 0xfc, 0x01),
  truncSatF64U: (a: F64): Expr<'i32'> => expr('i32', toF64(a).code, 0xfc, 0x03),
} as const;

const i64Unary =
  (op: number) =>
  (a: I64): Expr<'i64'> =>
    expr('i64', toI64(a).code, op);
const i64Binary =
  (op: number) =>
  (a: I64, b: I64): Expr<'i64'> =>
    expr('i64', toI64(a).code, toI64(b).code, op);
const i64Compare =
  (op: number) =>
  (a: I64, b: I64): Expr<'i32'> =>
    expr('i32', toI64(a).code, toI64(b).code, op);

/** 64-bit integers, for exact products of 32-bit ones. */
export const i64 = {
  const: (value: bigint): Expr<'i64'> => expr('i64', 0x42, signed64(value)),
  extendI32S: (a: I32): Expr<'i64'> => expr('i64', toI32(a).code, 0xac),
  extendI32U: (a: I32): Expr<'i64'> => expr('i64', toI32(a).code, 0xad),
  clz: i64Unary(0x79),
  ctz: i64Unary(0x7a),
  popcnt: i64Unary(0x7b),
  add: i64Binary(0x7c),
  sub: i64Binary(0x7d),
  mul: i64Binary(0x7e),
  divS: i64Binary(0x7f),
  divU: i64Binary(0x80),
  remS: i64Binary(0x81),
  remU: i64Binary(0x82),
  and: i64Binary(0x83),
  or: i64Binary(0x84),
  xor: i64Binary(0x85),
  shl: i64Binary(0x86),
  shrS: i64Binary(0x87),
  shrU: i64Binary(0x88),
  rotl: i64Binary(0x89),
  rotr: i64Binary(0x8a),
  eqz: (a: I64): Expr<'i32'> => expr('i32', toI64(a).code, 0x50),
  eq: i64Compare(0x51),
  ne: i64Compare(0x52),
  ltS: i64Compare(0x53),
  ltU: i64Compare(0x54),
  gtS: i64Compare(0x55),
  gtU: i64Compare(0x56),
  leS: i64Compare(0x57),
  leU: i64Compare(0x58),
  geS: i64Compare(0x59),
  geU: i64Compare(0x5a),
  truncSatF64S: (a: F64): Expr<'i64'> => expr('i64', toF64(a).code, 0xfc, 0x06),
  reinterpretF64: (a: F64): Expr<'i64'> => expr('i64', toF64(a).code, 0xbd),
  load: load('i64', 0x29, 3),
  load8U: load('i64', 0x31, 0),
  load16U: load('i64', 0x33, 1),
  load32S: load('i64', 0x34, 2),
  load32U: load('i64', 0x35, 2),
  store: (address: I32, value: I64, offset = 0): Statement => expr('void', toI32(address).code, toI64(value).code, 0x37, memarg(3, offset)),
} as const;

const f32Binary =
  (op: number) =>
  (a: F32, b: F32): Expr<'f32'> =>
    expr('f32', toF32(a).code, toF32(b).code, op);
const f32Unary =
  (op: number) =>
  (a: F32): Expr<'f32'> =>
    expr('f32', toF32(a).code, op);
const f32Compare =
  (op: number) =>
  (a: F32, b: F32): Expr<'i32'> =>
    expr('i32', toF32(a).code, toF32(b).code, op);

/** 32-bit floats. */
export const f32 = {
  const: (value: number): Expr<'f32'> => toF32(value),
  eq: f32Compare(0x5b),
  ne: f32Compare(0x5c),
  lt: f32Compare(0x5d),
  gt: f32Compare(0x5e),
  le: f32Compare(0x5f),
  ge: f32Compare(0x60),
  abs: f32Unary(0x8b),
  neg: f32Unary(0x8c),
  ceil: f32Unary(0x8d),
  floor: f32Unary(0x8e),
  trunc: f32Unary(0x8f),
  nearest: f32Unary(0x90),
  sqrt: f32Unary(0x91),
  add: f32Binary(0x92),
  sub: f32Binary(0x93),
  mul: f32Binary(0x94),
  div: f32Binary(0x95),
  min: f32Binary(0x96),
  max: f32Binary(0x97),
  copysign: f32Binary(0x98),
  load: load('f32', 0x2a, 2),
  store: (address: I32, value: F32, offset = 0): Statement => expr('void', toI32(address).code, toF32(value).code, 0x38, memarg(2, offset)),
  convertI32S: (a: I32): Expr<'f32'> => expr('f32', toI32(a).code, 0xb2),
  convertI32U: (a: I32): Expr<'f32'> => expr('f32', toI32(a).code, 0xb3),
  demoteF64: (a: F64): Expr<'f32'> => expr('f32', toF64(a).code, 0xb6),
  reinterpretI32: (a: I32): Expr<'f32'> => expr('f32', toI32(a).code, 0xbe),
} as const;

const f64Binary =
  (op: number) =>
  (a: F64, b: F64): Expr<'f64'> =>
    expr('f64', toF64(a).code, toF64(b).code, op);
const f64Unary =
  (op: number) =>
  (a: F64): Expr<'f64'> =>
    expr('f64', toF64(a).code, op);
const f64Compare =
  (op: number) =>
  (a: F64, b: F64): Expr<'i32'> =>
    expr('i32', toF64(a).code, toF64(b).code, op);

/** 64-bit floats, for sums that must not lose digits. */
export const f64 = {
  const: (value: number): Expr<'f64'> => toF64(value),
  eq: f64Compare(0x61),
  ne: f64Compare(0x62),
  lt: f64Compare(0x63),
  gt: f64Compare(0x64),
  le: f64Compare(0x65),
  ge: f64Compare(0x66),
  abs: f64Unary(0x99),
  neg: f64Unary(0x9a),
  ceil: f64Unary(0x9b),
  floor: f64Unary(0x9c),
  trunc: f64Unary(0x9d),
  nearest: f64Unary(0x9e),
  sqrt: f64Unary(0x9f),
  add: f64Binary(0xa0),
  sub: f64Binary(0xa1),
  mul: f64Binary(0xa2),
  div: f64Binary(0xa3),
  min: f64Binary(0xa4),
  max: f64Binary(0xa5),
  copysign: f64Binary(0xa6),
  load: load('f64', 0x2b, 3),
  store: (address: I32, value: F64, offset = 0): Statement => expr('void', toI32(address).code, toF64(value).code, 0x39, memarg(3, offset)),
  convertI32S: (a: I32): Expr<'f64'> => expr('f64', toI32(a).code, 0xb7),
  convertI32U: (a: I32): Expr<'f64'> => expr('f64', toI32(a).code, 0xb8),
  convertI64S: (a: I64): Expr<'f64'> => expr('f64', toI64(a).code, 0xb9),
  promoteF32: (a: F32): Expr<'f64'> => expr('f64', toF32(a).code, 0xbb),
  reinterpretI64: (a: I64): Expr<'f64'> => expr('f64', toI64(a).code, 0xbf),
} as const;

/** `whenTrue` if `condition` is not zero, else `whenFalse`; both are evaluated. */
export function select<T extends ValueType>(condition: I32, whenTrue: Expr<T>, whenFalse: Expr<T>): Expr<T> {
  const needsType = whenTrue.type === 'v128';
  const op = needsType ? [0x1c, 1, 0x7b] : [0x1b];
  return expr(whenTrue.type, whenTrue.code, whenFalse.code, toI32(condition).code, op);
}

/** Bulk memory: copy and fill. */
export const memory = {
  copy: (to: I32, from: I32, bytes: I32): Statement => expr('void', toI32(to).code, toI32(from).code, toI32(bytes).code, 0xfc, unsigned(10), 0, 0),
  fill: (to: I32, value: I32, bytes: I32): Statement => expr('void', toI32(to).code, toI32(value).code, toI32(bytes).code, 0xfc, unsigned(11), 0),
} as const;
