/** Every instruction of the integer lanes, executed in both compiler tiers. */
import { setFlagsFromString } from 'node:v8';
import { describe, expect, test } from 'vitest';
import { i16x8, i32x4, i64x2, i8x16 } from '../index.ts';
import {
  big,
  bigs,
  type Case,
  type Cases,
  execute,
  executed,
  type Expected,
  extended,
  fill,
  get,
  lanewise,
  map,
  narrow,
  number,
  one,
  pairs,
  put,
  putBig,
  s16,
  s32,
  s8,
  saturated,
  scalar,
  shifts,
  sign,
  u16,
  u32,
  u8,
  zeroNaN,
} from './lanes.fixture.ts';

/** The two compilers of V8, each alone: flags are set before a module is compiled, and each tier gets its own bytes. */
const TIERS = [
  { tier: 'baseline', flags: ['--liftoff', '--no-wasm-tier-up'] },
  { tier: 'optimising', flags: ['--no-liftoff'] },
];

const popcount = (x: number): number => x.toString(2).replaceAll('0', '').length;

const NAMESPACES: Record<string, { readonly ops: Record<string, unknown>; readonly cases: Cases }> = {
  i8x16: {
    ops: i8x16,
    cases: {
      ...lanewise(i8x16, { ...sign('i8', 'u8'), ...saturated('i8', 'u8', s8, u8), popcnt: map('u8', popcount) }),
      ...lanewise(i8x16, { narrowI16x8S: narrow('i16', 'i8', s8), narrowI16x8U: narrow('i16', 'u8', u8) }),
      ...shifts(i8x16, 'i8', 'u8'),
      const: one(
        () => i8x16.const(Array.from({ length: 16 }, (_, i) => i - 8)),
        () =>
          put(
            'i8',
            Array.from({ length: 16 }, (_, i) => i - 8),
          ),
      ),
      constSplat: one(
        () => i8x16.constSplat(-3),
        () => fill('i8', 16, -3),
      ),
      splat: one(
        (a) => i8x16.splat(i32x4.extractLane(a, 0)),
        (a) => fill('u8', 16, a[0]!),
      ),
      swizzle: one(i8x16.swizzle, (a, b) => b.map((i) => a[i] ?? 0)),
      extractLaneS: one(
        (a) => scalar(i8x16.extractLaneS(a, 5)),
        number((a) => get('i8', a)[5]!),
      ),
      extractLaneU: one(
        (a) => scalar(i8x16.extractLaneU(a, 5)),
        number((a) => a[5]!),
      ),
      replaceLane: one(
        (a) => i8x16.replaceLane(a, 15, 77),
        (a) => a.with(15, 77),
      ),
    },
  },
  i16x8: {
    ops: i16x8,
    cases: {
      ...lanewise(i16x8, { ...sign('i16', 'u16'), ...saturated('i16', 'u16', s16, u16), ...extended('i8', 'u8', 'i16', 'I8x16'), mul: map('i16', Math.imul) }),
      ...lanewise(i16x8, { q15mulrSatS: map('i16', (x, y) => s16((x * y + 0x4000) >> 15)) }),
      ...lanewise(i16x8, { narrowI32x4S: narrow('i32', 'i16', s16), narrowI32x4U: narrow('i32', 'u16', u16) }),
      ...shifts(i16x8, 'i16', 'u16'),
      const: one(
        () => i16x8.const([1, -2, 3, -4, 5, -6, 7, -8]),
        () => put('i16', [1, -2, 3, -4, 5, -6, 7, -8]),
      ),
      constSplat: one(
        () => i16x8.constSplat(-300),
        () => fill('i16', 8, -300),
      ),
      splat: one(
        (a) => i16x8.splat(i32x4.extractLane(a, 0)),
        (a) => fill('i16', 8, get('i16', a)[0]!),
      ),
      extractLaneS: one(
        (a) => scalar(i16x8.extractLaneS(a, 5)),
        number((a) => get('i16', a)[5]!),
      ),
      extractLaneU: one(
        (a) => scalar(i16x8.extractLaneU(a, 5)),
        number((a) => get('u16', a)[5]!),
      ),
      replaceLane: one(
        (a) => i16x8.replaceLane(a, 7, 777),
        (a) => put('i16', get('i16', a).with(7, 777)),
      ),
    },
  },
  i32x4: {
    ops: i32x4,
    cases: {
      ...lanewise(i32x4, { ...sign('i32', 'u32'), ...extended('i16', 'u16', 'i32', 'I16x8'), mul: map('i32', Math.imul) }),
      ...lanewise(i32x4, { dotI16x8S: pairs('i16', 'i32', (x0, x1, y0, y1) => x0 * y0 + x1 * y1) }),
      ...shifts(i32x4, 'i32', 'u32'),
      const: one(
        () => i32x4.const([1, -2, 3, -4]),
        () => put('i32', [1, -2, 3, -4]),
      ),
      constSplat: one(
        () => i32x4.constSplat(-70000),
        () => fill('i32', 4, -70000),
      ),
      splat: one(
        (a) => i32x4.splat(i32x4.extractLane(a, 1)),
        (a) => fill('i32', 4, get('i32', a)[1]!),
      ),
      extractLane: one(
        (a) => scalar(i32x4.extractLane(a, 3)),
        number((a) => get('i32', a)[3]!),
      ),
      replaceLane: one(
        (a) => i32x4.replaceLane(a, 2, -1),
        (a) => put('i32', get('i32', a).with(2, -1)),
      ),
      truncSatF32x4S: one(
        (a) => i32x4.truncSatF32x4S(a),
        (a) => put('i32', get('f32', a).map(zeroNaN(s32))),
      ),
      truncSatF32x4U: one(
        (a) => i32x4.truncSatF32x4U(a),
        (a) => put('u32', get('f32', a).map(zeroNaN(u32))),
      ),
      truncSatF64x2SZero: one(
        (a) => i32x4.truncSatF64x2SZero(a),
        (a) => put('i32', [...get('f64', a).map(zeroNaN(s32)), 0, 0]),
      ),
      truncSatF64x2UZero: one(
        (a) => i32x4.truncSatF64x2UZero(a),
        (a) => put('u32', [...get('f64', a).map(zeroNaN(u32)), 0, 0]),
      ),
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
                const [x, y] = [a, b].map((bytes) =>
                  get(kind === 'S' ? 'i32' : 'u32', bytes)
                    .slice(half === 'Low' ? 0 : 2)
                    .map(BigInt),
                );
                return putBig([0, 1].map((i) => (op === 'extend' ? x![i]! : x![i]! * y![i]!)));
              };
              return [`${op}${half}I32x4${kind}`, one(i64x2[`${op}${half}I32x4${kind}`] as Case['build'], expected)];
            }),
          ),
        ),
      ),
      shl: one(
        (a) => i64x2.shl(a, 11),
        bigs(true, (x) => x << 11n),
      ),
      shrS: one(
        (a) => i64x2.shrS(a, 11),
        bigs(true, (x) => x >> 11n),
      ),
      shrU: one(
        (a) => i64x2.shrU(a, 11),
        bigs(false, (x) => x >> 11n),
      ),
      allTrue: one(
        (a) => scalar(i64x2.allTrue(a)),
        number((a) => Number(big(true, a).every((x) => x !== 0n))),
      ),
      bitmask: one(
        (a) => scalar(i64x2.bitmask(a)),
        number((a) => big(true, a).reduce((mask, x, i) => mask | (Number(x < 0n) << i), 0)),
      ),
      const: one(
        () => i64x2.const([-5n, 1n << 40n]),
        () => putBig([-5n, 1n << 40n]),
      ),
      constSplat: one(
        () => i64x2.constSplat(-(1n << 50n)),
        () => putBig([-(1n << 50n), -(1n << 50n)]),
      ),
      splat: one(
        (a) => i64x2.splat(i64x2.extractLane(a, 1)),
        (a) => putBig([big(true, a)[1]!, big(true, a)[1]!]),
      ),
      extractLane: one(
        (a) => i64x2.splat(i64x2.extractLane(a, 0)),
        (a) => putBig([big(true, a)[0]!, big(true, a)[0]!]),
      ),
      replaceLane: one(
        (a) => i64x2.replaceLane(a, 1, 9n),
        (a) => putBig([big(true, a)[0]!, 9n]),
      ),
    },
  },
};

describe.each(TIERS)('$tier', ({ tier, flags }) => {
  test.each(Object.entries(NAMESPACES))('%s: every instruction', (namespace, { ops, cases }) => {
    flags.forEach((flag) => setFlagsFromString(flag));
    expect(Object.keys(cases).toSorted()).toEqual(executed(ops));
    for (const { label, got, want } of execute(namespace, cases, tier)) expect({ label, lanes: got }).toEqual({ label, lanes: want });
  });
});
