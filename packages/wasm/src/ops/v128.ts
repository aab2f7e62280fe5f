/**
 * `v128`: instructions that treat the register as 128 bits, and every way to load and store it.
 * Names follow the WebAssembly text format in camel case (`v128.load8x8_u` is `v128.load8x8U`).
 */
import { expr, type I32, memarg, type Statement, toI32, type V128 } from '../types.ts';
import { binary, constant, load, loadLane, repeat, shuffleIndices, simd, storeLane, ternary, test, unary } from './lanes.ts';

/** Whole-register instructions. */
export const v128 = {
  load: load(0x00, 4),
  load8x8S: load(0x01, 3),
  load8x8U: load(0x02, 3),
  load16x4S: load(0x03, 3),
  load16x4U: load(0x04, 3),
  load32x2S: load(0x05, 3),
  load32x2U: load(0x06, 3),
  load8Splat: load(0x07, 0),
  load16Splat: load(0x08, 1),
  load32Splat: load(0x09, 2),
  load64Splat: load(0x0a, 3),
  load32Zero: load(0x5c, 2),
  load64Zero: load(0x5d, 3),
  load8Lane: loadLane(0x54, 0),
  load16Lane: loadLane(0x55, 1),
  load32Lane: loadLane(0x56, 2),
  load64Lane: loadLane(0x57, 3),
  store: (address: I32, value: V128, offset = 0): Statement => expr('void', toI32(address).code, value.code, simd(0x0b), memarg(4, offset)),
  store8Lane: storeLane(0x58, 0),
  store16Lane: storeLane(0x59, 1),
  store32Lane: storeLane(0x5a, 2),
  store64Lane: storeLane(0x5b, 3),
  zero: (): V128 => constant(repeat(0, 16)),
  not: unary(0x4d),
  and: binary(0x4e),
  /** `a & ~b` */
  andnot: binary(0x4f),
  or: binary(0x50),
  xor: binary(0x51),
  /** Bits of `a` where `mask` is 1, of `b` where it is 0: `bitselect(a, b, mask)`. */
  bitselect: ternary(0x52),
  anyTrue: test(0x53),
  /** Sixteen bytes picked by constant index from `a` (0–15) and `b` (16–31). */
  shuffle: (a: V128, b: V128, indices: readonly number[]): V128 => expr('v128', a.code, b.code, simd(0x0d), shuffleIndices(indices)),
} as const;
