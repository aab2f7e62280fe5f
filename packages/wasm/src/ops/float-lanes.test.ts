/** Every instruction of the float lanes, executed in both compiler tiers. */
import { setFlagsFromString } from 'node:v8';
import { describe, expect, test } from 'vitest';
import { f32x4, f64x2 } from '../index.ts';
import { type Cases, execute, executed, fill, floats, get, one, put } from './lanes.fixture.ts';

/** The two compilers of V8, each alone: flags are set before a module is compiled, and each tier gets its own bytes. */
const TIERS = [
  { tier: 'baseline', flags: ['--liftoff', '--no-wasm-tier-up'] },
  { tier: 'optimising', flags: ['--no-liftoff'] },
];

const NAMESPACES: Record<string, { readonly ops: Record<string, unknown>; readonly cases: Cases }> = {
  f32x4: {
    ops: f32x4,
    cases: {
      ...floats(f32x4, 'f32'),
      const: one(
        () => f32x4.const([1.5, -2, 3, -4]),
        () => put('f32', [1.5, -2, 3, -4]),
      ),
      constSplat: one(
        () => f32x4.constSplat(0.1),
        () => fill('f32', 4, 0.1),
      ),
      splat: one(
        (a) => f32x4.splat(f32x4.extractLane(a, 2)),
        (a) => fill('f32', 4, get('f32', a)[2]!),
      ),
      extractLane: one(
        (a) => f32x4.splat(f32x4.extractLane(a, 3)),
        (a) => fill('f32', 4, get('f32', a)[3]!),
      ),
      replaceLane: one(
        (a) => f32x4.replaceLane(a, 1, 0.25),
        (a) => put('f32', get('f32', a).with(1, 0.25)),
      ),
      convertI32x4S: one(
        (a) => f32x4.convertI32x4S(a),
        (a) => put('f32', get('i32', a)),
      ),
      convertI32x4U: one(
        (a) => f32x4.convertI32x4U(a),
        (a) => put('f32', get('u32', a)),
      ),
      demoteF64x2Zero: one(
        (a) => f32x4.demoteF64x2Zero(a),
        (a) => put('f32', [...get('f64', a), 0, 0]),
      ),
    },
  },
  f64x2: {
    ops: f64x2,
    cases: {
      ...floats(f64x2, 'f64'),
      zero: one(
        () => f64x2.zero(),
        () => put('f64', [0, 0]),
      ),
      const: one(
        () => f64x2.const([1.5, -2]),
        () => put('f64', [1.5, -2]),
      ),
      constSplat: one(
        () => f64x2.constSplat(0.1),
        () => put('f64', [0.1, 0.1]),
      ),
      splat: one(
        (a) => f64x2.splat(f64x2.extractLane(a, 1)),
        (a) => put('f64', [get('f64', a)[1]!, get('f64', a)[1]!]),
      ),
      extractLane: one(
        (a) => f64x2.splat(f64x2.extractLane(a, 0)),
        (a) => put('f64', [get('f64', a)[0]!, get('f64', a)[0]!]),
      ),
      replaceLane: one(
        (a) => f64x2.replaceLane(a, 1, 0.25),
        (a) => put('f64', get('f64', a).with(1, 0.25)),
      ),
      promoteLowF32x4: one(
        (a) => f64x2.promoteLowF32x4(a),
        (a) => put('f64', get('f32', a).slice(0, 2)),
      ),
      convertLowI32x4S: one(
        (a) => f64x2.convertLowI32x4S(a),
        (a) => put('f64', get('i32', a).slice(0, 2)),
      ),
      convertLowI32x4U: one(
        (a) => f64x2.convertLowI32x4U(a),
        (a) => put('f64', get('u32', a).slice(0, 2)),
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
