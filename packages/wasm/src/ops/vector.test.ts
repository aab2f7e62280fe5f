/**
 * Every SIMD128 instruction, executed in both compiler tiers and compared with the same thing said in JavaScript.
 * An instruction without a line in the tables below fails the test of its namespace.
 */
import { setFlagsFromString } from 'node:v8';
import { describe, expect, test } from 'vitest';
import { f32x4, f64x2, i16x8, i32, i32x4, i64x2, i8x16, ModuleBuilder, v128, type V128 } from '../index.ts';

/** The two compilers of V8, each alone: flags are set before a module is compiled, and each tier gets its own bytes. */
const TIERS = [
  { tier: 'baseline', flags: ['--liftoff', '--no-wasm-tier-up'] },
  { tier: 'optimising', flags: ['--no-liftoff'] },
];

type Kind = 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'i64' | 'u64' | 'f32' | 'f64';
type Bytes = Uint8Array<ArrayBuffer>;
type Values = number[];
/** Operand bytes to result bytes. A scalar result is compared as its own bytes. */
type Expected = (a: Bytes, b: Bytes, c: Bytes) => Bytes;
interface Case {
  readonly build: (a: V128, b: V128, c: V128) => V128;
  readonly expected: Expected;
}
type Cases = Record<string, Case>;

const ARRAYS = { i8: Int8Array, u8: Uint8Array, i16: Int16Array, u16: Uint16Array, i32: Int32Array, u32: Uint32Array, f32: Float32Array, f64: Float64Array } as const;
type Narrow = keyof typeof ARRAYS;

const get = (kind: Narrow, bytes: Bytes): Values => Array.from(new ARRAYS[kind](bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + 16)));
const put = (kind: Narrow, values: Values): Bytes => new Uint8Array(ARRAYS[kind].from(values).buffer as ArrayBuffer);
const big = (signed: boolean, bytes: Bytes): bigint[] => Array.from(new (signed ? BigInt64Array : BigUint64Array)(bytes.slice().buffer));
const putBig = (values: bigint[]): Bytes => new Uint8Array(BigInt64Array.from(values, (v) => BigInt.asIntN(64, v)).buffer);

const clamp = (low: number, high: number) => (x: number): number => Math.min(high, Math.max(low, x));
const [s8, u8, s16, u16] = [clamp(-128, 127), clamp(0, 255), clamp(-32768, 32767), clamp(0, 65535)];
const [s32, u32] = [clamp(-(2 ** 31), 2 ** 31 - 1), clamp(0, 2 ** 32 - 1)];
/** Round half to even. */
const even = (x: number): number => {
  const low = Math.floor(x);
  const up = x - low > 0.5 || (x - low === 0.5 && low % 2 !== 0);
  return !Number.isFinite(x) ? x : x < 0 && low + Number(up) === 0 ? -0 : low + Number(up);
};
const zeroNaN = (f: (x: number) => number) => (x: number): number => (Number.isNaN(x) ? 0 : f(Math.trunc(x)));

const map = (kind: Narrow, f: (x: number, y: number, z: number) => number): Expected => (a, b, c) => {
  const [y, z] = [get(kind, b), get(kind, c)];
  return put(kind, get(kind, a).map((x, i) => f(x, y[i]!, z[i]!)));
};
const MASK: Partial<Record<Narrow, Narrow>> = { u8: 'i8', u16: 'i16', u32: 'i32', f32: 'i32' };
const compare = (kind: Narrow, f: (x: number, y: number) => boolean): Expected => (a, b) => {
  const y = get(kind, b);
  if (kind === 'f64') return putBig(get(kind, a).map((x, i) => (f(x, y[i]!) ? -1n : 0n)));
  return put(MASK[kind] ?? kind, get(kind, a).map((x, i) => (f(x, y[i]!) ? -1 : 0)));
};
const number = (f: (a: Bytes) => number): Expected => (a) => put('i32', [f(a), 0, 0, 0]);
const halves = (from: Narrow, to: Narrow, half: 0 | 1, f: (x: number, y: number) => number): Expected => (a, b) => {
  const [x, y] = [get(from, a), get(from, b)];
  const count = x.length / 2;
  return put(to, x.slice(half * count, half * count + count).map((value, i) => f(value, y[half * count + i]!)));
};
const pairs = (from: Narrow, to: Narrow, f: (x0: number, x1: number, y0: number, y1: number) => number): Expected => (a, b) => {
  const [x, y] = [get(from, a), get(from, b)];
  return put(to, Array.from({ length: x.length / 2 }, (_, i) => f(x[2 * i]!, x[2 * i + 1]!, y[2 * i]!, y[2 * i + 1]!)));
};
const narrow = (from: Narrow, to: Narrow, f: (x: number) => number): Expected => (a, b) => put(to, [...get(from, a), ...get(from, b)].map(f));
const bits = (f: (x: number, y: number, z: number) => number): Expected => map('u8', f);
const bigs = (signed: boolean, f: (x: bigint, y: bigint) => bigint): Expected => (a, b) => {
  const y = big(signed, b);
  return putBig(big(signed, a).map((x, i) => f(x, y[i]!)));
};

const one = (build: Case['build'], expected: Expected): Case => ({ build, expected });
const scalar = (value: Parameters<typeof i32x4.splat>[0]): V128 => i32x4.replaceLane(v128.zero(), 0, value);
/** Instructions of one or two registers that work lane by lane. */
const lanewise = <N extends Record<string, unknown>>(ops: N, table: Partial<Record<keyof N, Expected>>): Cases =>
  Object.fromEntries(
    Object.entries(table).map(([name, expected]) => [name, one(ops[name] as Case['build'], expected as Expected)]),
  );
const sign = (signed: Narrow, unsigned: Narrow): Record<string, Expected> => ({
  eq: compare(signed, (x, y) => x === y),
  ne: compare(signed, (x, y) => x !== y),
  ltS: compare(signed, (x, y) => x < y),
  ltU: compare(unsigned, (x, y) => x < y),
  gtS: compare(signed, (x, y) => x > y),
  gtU: compare(unsigned, (x, y) => x > y),
  leS: compare(signed, (x, y) => x <= y),
  leU: compare(unsigned, (x, y) => x <= y),
  geS: compare(signed, (x, y) => x >= y),
  geU: compare(unsigned, (x, y) => x >= y),
  abs: map(signed, Math.abs),
  neg: map(signed, (x) => -x),
  add: map(signed, (x, y) => x + y),
  sub: map(signed, (x, y) => x - y),
  minS: map(signed, (x, y) => Math.min(x, y)),
  minU: map(unsigned, (x, y) => Math.min(x, y)),
  maxS: map(signed, (x, y) => Math.max(x, y)),
  maxU: map(unsigned, (x, y) => Math.max(x, y)),
});
const saturated = (signed: Narrow, unsigned: Narrow, s: (x: number) => number, u: (x: number) => number): Record<string, Expected> => ({
  addSatS: map(signed, (x, y) => s(x + y)),
  addSatU: map(unsigned, (x, y) => u(x + y)),
  subSatS: map(signed, (x, y) => s(x - y)),
  subSatU: map(unsigned, (x, y) => u(x - y)),
  avgrU: map(unsigned, (x, y) => (x + y + 1) >> 1),
});
interface Lanes {
  readonly shl: (a: V128, count: number) => V128;
  readonly shrS: (a: V128, count: number) => V128;
  readonly shrU: (a: V128, count: number) => V128;
  readonly allTrue: (a: V128) => Parameters<typeof scalar>[0];
  readonly bitmask: (a: V128) => Parameters<typeof scalar>[0];
}
const shifts = (ops: Lanes, signed: Narrow, unsigned: Narrow): Cases => ({
  shl: one((a) => ops.shl(a, 3), map(signed, (x) => x << 3)),
  shrS: one((a) => ops.shrS(a, 3), map(signed, (x) => x >> 3)),
  shrU: one((a) => ops.shrU(a, 3), map(unsigned, (x) => x >>> 3)),
  allTrue: one((a) => scalar(ops.allTrue(a)), number((a) => Number(get(signed, a).every((x) => x !== 0)))),
  bitmask: one((a) => scalar(ops.bitmask(a)), number((a) => get(signed, a).reduce((mask, x, i) => mask | (Number(x < 0) << i), 0))),
});
const extended = (s: Narrow, u: Narrow, to: Narrow, from: 'I8x16' | 'I16x8'): Record<string, Expected> => ({
  [`extendLow${from}S`]: halves(s, to, 0, (x) => x),
  [`extendHigh${from}S`]: halves(s, to, 1, (x) => x),
  [`extendLow${from}U`]: halves(u, to, 0, (x) => x),
  [`extendHigh${from}U`]: halves(u, to, 1, (x) => x),
  [`extmulLow${from}S`]: halves(s, to, 0, Math.imul),
  [`extmulHigh${from}S`]: halves(s, to, 1, Math.imul),
  [`extmulLow${from}U`]: halves(u, to, 0, Math.imul),
  [`extmulHigh${from}U`]: halves(u, to, 1, Math.imul),
  [`extaddPairwise${from}S`]: pairs(s, to, (x0, x1) => x0 + x1),
  [`extaddPairwise${from}U`]: pairs(u, to, (x0, x1) => x0 + x1),
});

const popcount = (x: number): number => x.toString(2).replaceAll('0', '').length;
const NAMESPACES: Record<string, { readonly ops: Record<string, unknown>; readonly cases: Cases }> = {
  v128: {
    ops: v128,
    cases: {
      zero: one(() => v128.zero(), () => put('u8', new Array<number>(16).fill(0))),
      not: one((a) => v128.not(a), bits((x) => ~x)),
      and: one(v128.and, bits((x, y) => x & y)),
      andnot: one(v128.andnot, bits((x, y) => x & ~y)),
      or: one(v128.or, bits((x, y) => x | y)),
      xor: one(v128.xor, bits((x, y) => x ^ y)),
      bitselect: one(v128.bitselect, bits((x, y, mask) => (x & mask) | (y & ~mask))),
      anyTrue: one((a) => scalar(v128.anyTrue(a)), number((a) => Number(a.some((x) => x !== 0)))),
      shuffle: one(
        (a, b) => v128.shuffle(a, b, [31, 0, 30, 1, 29, 2, 28, 3, 27, 4, 26, 5, 25, 6, 24, 7]),
        (a, b) => Uint8Array.from([31, 0, 30, 1, 29, 2, 28, 3, 27, 4, 26, 5, 25, 6, 24, 7], (i) => (i < 16 ? a[i]! : b[i - 16]!)),
      ),
    },
  },
  i8x16: {
    ops: i8x16,
    cases: {
      ...lanewise(i8x16, { ...sign('i8', 'u8'), ...saturated('i8', 'u8', s8, u8), popcnt: map('u8', popcount) }),
      ...lanewise(i8x16, { narrowI16x8S: narrow('i16', 'i8', s8), narrowI16x8U: narrow('i16', 'u8', u8) }),
      ...shifts(i8x16, 'i8', 'u8'),
      const: one(() => i8x16.const(Array.from({ length: 16 }, (_, i) => i - 8)), () => put('i8', Array.from({ length: 16 }, (_, i) => i - 8))),
      constSplat: one(() => i8x16.constSplat(-3), () => put('i8', new Array<number>(16).fill(-3))),
      splat: one((a) => i8x16.splat(i32x4.extractLane(a, 0)), (a) => put('u8', new Array<number>(16).fill(a[0]!))),
      swizzle: one(i8x16.swizzle, (a, b) => b.map((i) => a[i] ?? 0)),
      extractLaneS: one((a) => scalar(i8x16.extractLaneS(a, 5)), number((a) => get('i8', a)[5]!)),
      extractLaneU: one((a) => scalar(i8x16.extractLaneU(a, 5)), number((a) => a[5]!)),
      replaceLane: one((a) => i8x16.replaceLane(a, 15, 77), (a) => a.with(15, 77)),
    },
  },
  i16x8: {
    ops: i16x8,
    cases: {
      ...lanewise(i16x8, { ...sign('i16', 'u16'), ...saturated('i16', 'u16', s16, u16), ...extended('i8', 'u8', 'i16', 'I8x16'), mul: map('i16', Math.imul) }),
      ...lanewise(i16x8, { q15mulrSatS: map('i16', (x, y) => s16((x * y + 0x4000) >> 15)) }),
      ...lanewise(i16x8, { narrowI32x4S: narrow('i32', 'i16', s16), narrowI32x4U: narrow('i32', 'u16', u16) }),
      ...shifts(i16x8, 'i16', 'u16'),
      const: one(() => i16x8.const([1, -2, 3, -4, 5, -6, 7, -8]), () => put('i16', [1, -2, 3, -4, 5, -6, 7, -8])),
      constSplat: one(() => i16x8.constSplat(-300), () => put('i16', new Array<number>(8).fill(-300))),
      splat: one((a) => i16x8.splat(i32x4.extractLane(a, 0)), (a) => put('i16', new Array<number>(8).fill(get('i16', a)[0]!))),
      extractLaneS: one((a) => scalar(i16x8.extractLaneS(a, 5)), number((a) => get('i16', a)[5]!)),
      extractLaneU: one((a) => scalar(i16x8.extractLaneU(a, 5)), number((a) => get('u16', a)[5]!)),
      replaceLane: one((a) => i16x8.replaceLane(a, 7, 777), (a) => put('i16', get('i16', a).with(7, 777))),
    },
  },
  i32x4: {
    ops: i32x4,
    cases: {
      ...lanewise(i32x4, { ...sign('i32', 'u32'), ...extended('i16', 'u16', 'i32', 'I16x8'), mul: map('i32', Math.imul) }),
      ...lanewise(i32x4, { dotI16x8S: pairs('i16', 'i32', (x0, x1, y0, y1) => x0 * y0 + x1 * y1) }),
      ...shifts(i32x4, 'i32', 'u32'),
      const: one(() => i32x4.const([1, -2, 3, -4]), () => put('i32', [1, -2, 3, -4])),
      constSplat: one(() => i32x4.constSplat(-70000), () => put('i32', new Array<number>(4).fill(-70000))),
      splat: one((a) => i32x4.splat(i32x4.extractLane(a, 1)), (a) => put('i32', new Array<number>(4).fill(get('i32', a)[1]!))),
      extractLane: one((a) => scalar(i32x4.extractLane(a, 3)), number((a) => get('i32', a)[3]!)),
      replaceLane: one((a) => i32x4.replaceLane(a, 2, -1), (a) => put('i32', get('i32', a).with(2, -1))),
      truncSatF32x4S: one((a) => i32x4.truncSatF32x4S(a), (a) => put('i32', get('f32', a).map(zeroNaN(s32)))),
      truncSatF32x4U: one((a) => i32x4.truncSatF32x4U(a), (a) => put('u32', get('f32', a).map(zeroNaN(u32)))),
      truncSatF64x2SZero: one((a) => i32x4.truncSatF64x2SZero(a), (a) => put('i32', [...get('f64', a).map(zeroNaN(s32)), 0, 0])),
      truncSatF64x2UZero: one((a) => i32x4.truncSatF64x2UZero(a), (a) => put('u32', [...get('f64', a).map(zeroNaN(u32)), 0, 0])),
    },
  },
  i64x2: {
    ops: i64x2,
    cases: {
      ...lanewise(i64x2, {
        abs: bigs(true, (x) => (x < 0n ? -x : x)),
        neg: bigs(true, (x) => -x),
        add: bigs(true, (x, y) => x + y),
        sub: bigs(true, (x, y) => x - y),
        mul: bigs(true, (x, y) => x * y),
        eq: bigs(true, (x, y) => (x === y ? -1n : 0n)),
        ne: bigs(true, (x, y) => (x === y ? 0n : -1n)),
        ltS: bigs(true, (x, y) => (x < y ? -1n : 0n)),
        gtS: bigs(true, (x, y) => (x > y ? -1n : 0n)),
        leS: bigs(true, (x, y) => (x <= y ? -1n : 0n)),
        geS: bigs(true, (x, y) => (x >= y ? -1n : 0n)),
      }),
      ...Object.fromEntries(
        (['extend', 'extmul'] as const).flatMap((op) =>
          (['Low', 'High'] as const).flatMap((half) =>
            (['S', 'U'] as const).map((kind) => {
              const expected: Expected = (a, b) => {
                const [x, y] = [a, b].map((bytes) => get(kind === 'S' ? 'i32' : 'u32', bytes).slice(half === 'Low' ? 0 : 2).map(BigInt));
                return putBig([0, 1].map((i) => (op === 'extend' ? x![i]! : x![i]! * y![i]!)));
              };
              return [`${op}${half}I32x4${kind}`, one(i64x2[`${op}${half}I32x4${kind}`] as Case['build'], expected)];
            }),
          ),
        ),
      ),
      shl: one((a) => i64x2.shl(a, 11), bigs(true, (x) => x << 11n)),
      shrS: one((a) => i64x2.shrS(a, 11), bigs(true, (x) => x >> 11n)),
      shrU: one((a) => i64x2.shrU(a, 11), bigs(false, (x) => x >> 11n)),
      allTrue: one((a) => scalar(i64x2.allTrue(a)), number((a) => Number(big(true, a).every((x) => x !== 0n)))),
      bitmask: one((a) => scalar(i64x2.bitmask(a)), number((a) => big(true, a).reduce((mask, x, i) => mask | (Number(x < 0n) << i), 0))),
      const: one(() => i64x2.const([-5n, 1n << 40n]), () => putBig([-5n, 1n << 40n])),
      constSplat: one(() => i64x2.constSplat(-(1n << 50n)), () => putBig([-(1n << 50n), -(1n << 50n)])),
      splat: one((a) => i64x2.splat(i64x2.extractLane(a, 1)), (a) => putBig([big(true, a)[1]!, big(true, a)[1]!])),
      extractLane: one((a) => i64x2.splat(i64x2.extractLane(a, 0)), (a) => putBig([big(true, a)[0]!, big(true, a)[0]!])),
      replaceLane: one((a) => i64x2.replaceLane(a, 1, 9n), (a) => putBig([big(true, a)[0]!, 9n])),
    },
  },
  f32x4: {
    ops: f32x4,
    cases: {
      ...floats(f32x4, 'f32'),
      const: one(() => f32x4.const([1.5, -2, 3, -4]), () => put('f32', [1.5, -2, 3, -4])),
      constSplat: one(() => f32x4.constSplat(0.1), () => put('f32', new Array<number>(4).fill(0.1))),
      splat: one((a) => f32x4.splat(f32x4.extractLane(a, 2)), (a) => put('f32', new Array<number>(4).fill(get('f32', a)[2]!))),
      extractLane: one((a) => f32x4.splat(f32x4.extractLane(a, 3)), (a) => put('f32', new Array<number>(4).fill(get('f32', a)[3]!))),
      replaceLane: one((a) => f32x4.replaceLane(a, 1, 0.25), (a) => put('f32', get('f32', a).with(1, 0.25))),
      convertI32x4S: one((a) => f32x4.convertI32x4S(a), (a) => put('f32', get('i32', a))),
      convertI32x4U: one((a) => f32x4.convertI32x4U(a), (a) => put('f32', get('u32', a))),
      demoteF64x2Zero: one((a) => f32x4.demoteF64x2Zero(a), (a) => put('f32', [...get('f64', a), 0, 0])),
    },
  },
  f64x2: {
    ops: f64x2,
    cases: {
      ...floats(f64x2, 'f64'),
      zero: one(() => f64x2.zero(), () => put('f64', [0, 0])),
      const: one(() => f64x2.const([1.5, -2]), () => put('f64', [1.5, -2])),
      constSplat: one(() => f64x2.constSplat(0.1), () => put('f64', [0.1, 0.1])),
      splat: one((a) => f64x2.splat(f64x2.extractLane(a, 1)), (a) => put('f64', [get('f64', a)[1]!, get('f64', a)[1]!])),
      extractLane: one((a) => f64x2.splat(f64x2.extractLane(a, 0)), (a) => put('f64', [get('f64', a)[0]!, get('f64', a)[0]!])),
      replaceLane: one((a) => f64x2.replaceLane(a, 1, 0.25), (a) => put('f64', get('f64', a).with(1, 0.25))),
      promoteLowF32x4: one((a) => f64x2.promoteLowF32x4(a), (a) => put('f64', get('f32', a).slice(0, 2))),
      convertLowI32x4S: one((a) => f64x2.convertLowI32x4S(a), (a) => put('f64', get('i32', a).slice(0, 2))),
      convertLowI32x4U: one((a) => f64x2.convertLowI32x4U(a), (a) => put('f64', get('u32', a).slice(0, 2))),
    },
  },
};

function floats(ops: typeof f32x4 | typeof f64x2, kind: 'f32' | 'f64'): Cases {
  return lanewise(ops as Record<string, unknown>, {
    eq: compare(kind, (x, y) => x === y),
    ne: compare(kind, (x, y) => x !== y),
    lt: compare(kind, (x, y) => x < y),
    gt: compare(kind, (x, y) => x > y),
    le: compare(kind, (x, y) => x <= y),
    ge: compare(kind, (x, y) => x >= y),
    ceil: map(kind, Math.ceil),
    floor: map(kind, Math.floor),
    trunc: map(kind, Math.trunc),
    nearest: map(kind, even),
    abs: map(kind, Math.abs),
    neg: map(kind, (x) => -x),
    sqrt: map(kind, Math.sqrt),
    add: map(kind, (x, y) => x + y),
    sub: map(kind, (x, y) => x - y),
    mul: map(kind, (x, y) => x * y),
    div: map(kind, (x, y) => x / y),
    min: map(kind, (x, y) => Math.min(x, y)),
    max: map(kind, (x, y) => Math.max(x, y)),
    pmin: map(kind, (x, y) => (y < x ? y : x)),
    pmax: map(kind, (x, y) => (x < y ? y : x)),
  });
}

/** Loads and stores have tests of their own below; relaxed instructions in `relaxed.test.ts`. */
const ELSEWHERE = /^(load|store|relaxed)/;

/** Operands that reach the corners: all ones, small integers, equal lanes, floats of every size, and noise. */
function operands(kind: Kind): Bytes[][] {
  let state = 12345;
  const noise = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24;
  const random = (): Bytes => Uint8Array.from({ length: 16 }, noise);
  if (kind === 'f32') {
    const values = [0, -0, 1, -1.5, 2.5, -2.5, 0.5, 3e9, -3e9, 1e-40, Infinity, 1e38, -7.75, 4294967040, 16777217, -0.25];
    const rows = [0, 4, 8, 12].map((at) => put('f32', values.slice(at, at + 4)));
    return rows.map((row, i) => [row, rows[(i + 1) % 4]!, rows[(i + 2) % 4]!]);
  }
  if (kind === 'f64') {
    const values = [0, -0, 1.5, -2.5, 5e9, -5e9, 1e-310, 1e300];
    const rows = [0, 2, 4, 6].map((at) => put('f64', values.slice(at, at + 2)));
    return rows.map((row, i) => [row, rows[(i + 1) % 4]!, rows[(i + 2) % 4]!]);
  }
  const corner = Uint8Array.from([0, 255, 128, 127, 1, 2, 15, 16, 0, 128, 255, 127, 0, 0, 0, 128]);
  const ones = new Uint8Array(16).fill(255);
  return [
    [corner, ones, random()],
    [corner, corner.toReversed(), random()],
    [random(), random(), random()],
    [random(), Uint8Array.from({ length: 16 }, (_, i) => (i * 7) % 16), ones],
    [new Uint8Array(16), corner, corner],
  ];
}

describe.each(TIERS)('$tier', ({ tier, flags }) => {
  for (const [namespace, { ops, cases }] of Object.entries(NAMESPACES)) {
    test(`${namespace}: every instruction`, () => {
      flags.forEach((flag) => setFlagsFromString(flag));
      const wanted = Object.keys(ops).filter((name) => !ELSEWHERE.test(name));
      expect(Object.keys(cases).toSorted()).toEqual(wanted.toSorted());

      const module = new ModuleBuilder({ from: 'own' });
      for (const [name, { build }] of Object.entries(cases)) {
        const f = module.function(`${tier} ${name}`, {});
        f.do(v128.store(64, build(v128.load(0), v128.load(16), v128.load(32))));
      }
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.build()));
      const bytes = new Uint8Array((exports['memory'] as WebAssembly.Memory).buffer);
      const isFloat = namespace === 'f32x4' || namespace === 'f64x2';
      const kind = isFloat ? (namespace.slice(0, 3) as Kind) : 'u8';
      for (const [name, { expected }] of Object.entries(cases)) {
        const fromFloats = /F32x4/.test(name) ? 'f32' : /F64x2/.test(name) ? 'f64' : /I32x4/.test(name) ? 'u8' : kind;
        for (const [a, b, c] of operands(fromFloats)) {
          [a, b, c].forEach((operand, i) => bytes.set(operand!, i * 16));
          bytes.fill(0xa5, 64, 80);
          (exports[`${tier} ${name}`] as () => void)();
          const got = bytes.slice(64, 80);
          const want = expected(a!, b!, c!);
          const values = (bits: Bytes): Values => (isFloat && !/^(eq|ne|lt|gt|le|ge)$/.test(name) ? get(kind as Narrow, bits) : Array.from(bits));
          expect(values(got), `${namespace}.${name}(${[a, b].join(' | ')})`).toEqual(values(want));
        }
      }
    });
  }

  test('v128: every load and store', () => {
    flags.forEach((flag) => setFlagsFromString(flag));
    const module = new ModuleBuilder({ from: 'own' });
    const zeroUpper = (source: Bytes, size: number): Values => [...source.slice(0, size), ...new Array<number>(16 - size).fill(0)];
    const splat = (source: Bytes, size: number): Values => Array.from({ length: 16 }, (_, i) => source[i % size]!);
    const widen = (from: Narrow, to: Narrow) => (source: Bytes): Values => {
      const lanes = get(from, source);
      return Array.from(put(to, lanes.slice(0, lanes.length / 2)));
    };
    const loads: Record<string, (source: Bytes) => Values> = {
      load: (source) => Array.from(source),
      load8x8S: widen('i8', 'i16'),
      load8x8U: widen('u8', 'i16'),
      load16x4S: widen('i16', 'i32'),
      load16x4U: widen('u16', 'i32'),
      load32x2S: (source) => Array.from(putBig(get('i32', source).slice(0, 2).map(BigInt))),
      load32x2U: (source) => Array.from(putBig(get('u32', source).slice(0, 2).map(BigInt))),
      load8Splat: (source) => splat(source, 1),
      load16Splat: (source) => splat(source, 2),
      load32Splat: (source) => splat(source, 4),
      load64Splat: (source) => splat(source, 8),
      load32Zero: (source) => zeroUpper(source, 4),
      load64Zero: (source) => zeroUpper(source, 8),
    };
    const lanes = { load8Lane: 1, load16Lane: 2, load32Lane: 4, load64Lane: 8, store8Lane: 1, store16Lane: 2, store32Lane: 4, store64Lane: 8 } as const;
    const wanted = Object.keys(v128).filter((name) => ELSEWHERE.test(name));
    expect([...Object.keys(loads), ...Object.keys(lanes), 'store'].toSorted()).toEqual(wanted.toSorted());

    const pointer = i32.const(30);
    for (const name of Object.keys(loads)) {
      const f = module.function(`${tier} ${name}`, {});
      f.do(v128.store(64, (v128[name as 'load'] as typeof v128.load)(pointer, 3)));
    }
    for (const [name, size] of Object.entries(lanes)) {
      const f = module.function(`${tier} ${name}`, {});
      const last = 16 / size - 1;
      if (name.startsWith('load')) f.do(v128.store(64, v128[name as 'load8Lane'](pointer, v128.load(0), last, 3)));
      else f.do(v128[name as 'store8Lane'](61, v128.load(0), last, 3));
    }
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.build()));
    const bytes = new Uint8Array((exports['memory'] as WebAssembly.Memory).buffer);
    const run = (name: string): Bytes => {
      bytes.forEach((_, i) => (i < 96 ? (bytes[i] = (i * 91 + 200) & 255) : 0));
      (exports[`${tier} ${name}`] as () => void)();
      return bytes.slice(64, 80);
    };
    for (const [name, expected] of Object.entries(loads)) expect(Array.from(run(name)), name).toEqual(expected(bytes.slice(33, 49)));
    for (const [name, size] of Object.entries(lanes)) {
      const got = Array.from(run(name));
      const before = Array.from({ length: 16 }, (_, i) => ((i + 64) * 91 + 200) & 255);
      if (name.startsWith('load')) expect(got, name).toEqual([...bytes.slice(0, 16 - size), ...bytes.slice(33, 33 + size)]);
      else expect(got, name).toEqual([...bytes.slice(16 - size, 16), ...before.slice(size)]);
    }
  });
});
