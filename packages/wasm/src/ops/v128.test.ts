/** Every instruction of `v128`, loads and stores included, executed in both compiler tiers. */
import { setFlagsFromString } from 'node:v8';
import { describe, expect, test } from 'vitest';
import { i32, ModuleBuilder, v128 } from '../index.ts';
import { bits, type Bytes, type Cases, execute, executed, fill, get, type Narrow, number, one, put, putBig, scalar, type Values } from './lanes.fixture.ts';

/** The two compilers of V8, each alone: flags are set before a module is compiled, and each tier gets its own bytes. */
const TIERS = [
  { tier: 'baseline', flags: ['--liftoff', '--no-wasm-tier-up'] },
  { tier: 'optimising', flags: ['--no-liftoff'] },
];

const NAMESPACES: Record<string, { readonly ops: Record<string, unknown>; readonly cases: Cases }> = {
  v128: {
    ops: v128,
    cases: {
      zero: one(
        () => v128.zero(),
        () => fill('u8', 16, 0),
      ),
      not: one(
        (a) => v128.not(a),
        bits((x) => ~x),
      ),
      and: one(
        v128.and,
        bits((x, y) => x & y),
      ),
      andnot: one(
        v128.andnot,
        bits((x, y) => x & ~y),
      ),
      or: one(
        v128.or,
        bits((x, y) => x | y),
      ),
      xor: one(
        v128.xor,
        bits((x, y) => x ^ y),
      ),
      bitselect: one(
        v128.bitselect,
        bits((x, y, mask) => (x & mask) | (y & ~mask)),
      ),
      anyTrue: one(
        (a) => scalar(v128.anyTrue(a)),
        number((a) => Number(a.some((x) => x !== 0))),
      ),
      shuffle: one(
        (a, b) => v128.shuffle(a, b, [31, 0, 30, 1, 29, 2, 28, 3, 27, 4, 26, 5, 25, 6, 24, 7]),
        (a, b) => Uint8Array.from([31, 0, 30, 1, 29, 2, 28, 3, 27, 4, 26, 5, 25, 6, 24, 7], (i) => (i < 16 ? a[i]! : b[i - 16]!)),
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

  test('v128: every load and store', () => {
    flags.forEach((flag) => setFlagsFromString(flag));
    const module = new ModuleBuilder({ from: 'own' });
    const zeroUpper = (source: Bytes, size: number): Values => [...source.slice(0, size), ...Array.from({ length: 16 - size }, () => 0)];
    const splat = (source: Bytes, size: number): Values => Array.from({ length: 16 }, (_, i) => source[i % size]!);
    const widen =
      (from: Narrow, to: Narrow) =>
      (source: Bytes): Values => {
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
    const wanted = Object.keys(v128).filter((name) => /^(load|store)/.test(name));
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
    for (const [name, expected] of Object.entries(loads))
      expect({ name, bytes: Array.from(run(name)) }).toEqual({ name, bytes: expected(bytes.slice(33, 49)) });
    for (const [name, size] of Object.entries(lanes)) {
      const got = Array.from(run(name));
      const before = Array.from({ length: 16 }, (_, i) => ((i + 64) * 91 + 200) & 255);
      const loaded = [...bytes.slice(0, 16 - size), ...bytes.slice(33, 33 + size)];
      const stored = [...bytes.slice(16 - size, 16), ...before.slice(size)];
      expect({ name, bytes: got }).toEqual({ name, bytes: name.startsWith('load') ? loaded : stored });
    }
  });
});
