/**
 * Float lanes of SIMD128 and its relaxed extension: `f32x4`, `f64x2`.
 * `min` and `max` propagate NaN; `pmin(a, b)` is `b < a ? b : a` and `pmax(a, b)` is `a < b ? b : a`.
 */
import { expr, type F32, type F64, type V128 } from '../types.ts';
import { binary, constant, extract, laneBytes, repeat, replace, simd, ternary, unary } from './lanes.ts';
import { toF32, toF64 } from './scalar.ts';

/** Four 32-bit floats. */
export const f32x4 = {
  const: (lanes: readonly number[]): V128 => constant(laneBytes(lanes, 4, (view, at, value) => view.setFloat32(at, value, true))),
  constSplat: (value: number): V128 => f32x4.const(repeat(value, 4)),
  splat: (a: F32): V128 => expr('v128', toF32(a).code, simd(0x13)),
  extractLane: extract('f32', 0x1f, 4),
  replaceLane: replace(0x20, 4, toF32),
  eq: binary(0x41),
  ne: binary(0x42),
  lt: binary(0x43),
  gt: binary(0x44),
  le: binary(0x45),
  ge: binary(0x46),
  ceil: unary(0x67),
  floor: unary(0x68),
  trunc: unary(0x69),
  nearest: unary(0x6a),
  abs: unary(0xe0),
  neg: unary(0xe1),
  sqrt: unary(0xe3),
  add: binary(0xe4),
  sub: binary(0xe5),
  mul: binary(0xe6),
  div: binary(0xe7),
  min: binary(0xe8),
  max: binary(0xe9),
  pmin: binary(0xea),
  pmax: binary(0xeb),
  convertI32x4S: unary(0xfa),
  convertI32x4U: unary(0xfb),
  demoteF64x2Zero: unary(0x5e),
  /** `a * b + c`, rounded once or twice as the engine likes: never where results must agree. */
  relaxedMadd: ternary(0x105),
} as const;

/** Two 64-bit floats. */
export const f64x2 = {
  const: (lanes: readonly number[]): V128 => constant(laneBytes(lanes, 8, (view, at, value) => view.setFloat64(at, value, true))),
  constSplat: (value: number): V128 => f64x2.const(repeat(value, 2)),
  zero: (): V128 => constant(repeat(0, 16)),
  splat: (a: F64): V128 => expr('v128', toF64(a).code, simd(0x14)),
  extractLane: extract('f64', 0x21, 2),
  replaceLane: replace(0x22, 2, toF64),
  eq: binary(0x47),
  ne: binary(0x48),
  lt: binary(0x49),
  gt: binary(0x4a),
  le: binary(0x4b),
  ge: binary(0x4c),
  ceil: unary(0x74),
  floor: unary(0x75),
  trunc: unary(0x7a),
  nearest: unary(0x94),
  abs: unary(0xec),
  neg: unary(0xed),
  sqrt: unary(0xef),
  add: binary(0xf0),
  sub: binary(0xf1),
  mul: binary(0xf2),
  div: binary(0xf3),
  min: binary(0xf4),
  max: binary(0xf5),
  pmin: binary(0xf6),
  pmax: binary(0xf7),
  promoteLowF32x4: unary(0x5f),
  convertLowI32x4S: unary(0xfe),
  convertLowI32x4U: unary(0xff),
} as const;
