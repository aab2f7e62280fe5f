/** Every scalar instruction, executed in both compiler tiers and compared with the same thing said in JavaScript. */
import { setFlagsFromString } from 'node:v8';
import { describe, expect, test } from 'vitest';
import { type Expr, f32, f64, i32, i64, memory, ModuleBuilder, select, v128, i8x16, type ValueType } from '../index.ts';

const TIERS = [
  { tier: 'baseline', flags: ['--liftoff', '--no-wasm-tier-up'] },
  { tier: 'optimising', flags: ['--no-liftoff'] },
];

type Value = number | bigint;
type Type = 'i32' | 'i64' | 'f32' | 'f64';
/** Operand types, and the result said in JavaScript; `undefined` where WebAssembly traps and the operands are left out. */
interface Case {
  readonly operands: readonly Type[];
  readonly expected: (...values: never[]) => Value | undefined;
}
const on =
  <V>(type: Type) =>
  (expected: (a: V, b: V) => Value | boolean | undefined, arity = 2): Case => ({
    operands: Array.from({ length: arity }, () => type),
    expected: ((a: V, b: V) => {
      const value = expected(a, b);
      return typeof value === 'boolean' ? Number(value) : value;
    }) as Case['expected'],
  });
const [int, long, single, double] = [on<number>('i32'), on<bigint>('i64'), on<number>('f32'), on<number>('f64')];

const u = (x: number): number => x >>> 0;
const ub = (x: bigint): bigint => BigInt.asUintN(64, x);
const sb = (x: bigint): bigint => BigInt.asIntN(64, x);
const bitsOf = (x: number): number => u(x).toString(2).replaceAll('0', '').length;
const view = new DataView(new ArrayBuffer(8));
const saturate =
  (low: number, high: number) =>
  (x: number): number =>
    Number.isNaN(x) ? 0 : Math.min(high, Math.max(low, Math.trunc(x)));
const toS32 = saturate(-(2 ** 31), 2 ** 31 - 1);
const toU32 = (x: number): number => saturate(0, 2 ** 32 - 1)(x) | 0;
const copysign = (a: number, b: number): number => (Object.is(b, -0) || b < 0 ? -Math.abs(a) : Math.abs(a));
const even = (x: number): number => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : copysign(Math.round(x), x));

const floats = (kind: typeof single): Record<string, Case> => ({
  eq: kind((a, b) => a === b),
  ne: kind((a, b) => a !== b),
  lt: kind((a, b) => a < b),
  gt: kind((a, b) => a > b),
  le: kind((a, b) => a <= b),
  ge: kind((a, b) => a >= b),
  abs: kind(Math.abs, 1),
  neg: kind((a) => -a, 1),
  ceil: kind(Math.ceil, 1),
  floor: kind(Math.floor, 1),
  trunc: kind(Math.trunc, 1),
  nearest: kind(even, 1),
  sqrt: kind(Math.sqrt, 1),
  add: kind((a, b) => a + b),
  sub: kind((a, b) => a - b),
  mul: kind((a, b) => a * b),
  div: kind((a, b) => a / b),
  min: kind(Math.min),
  max: kind(Math.max),
  copysign: kind(copysign),
});

const TABLE: Record<Type, { readonly ops: Record<string, unknown>; readonly cases: Record<string, Case> }> = {
  i32: {
    ops: i32,
    cases: {
      eqz: int((a) => a === 0, 1),
      eq: int((a, b) => a === b),
      ne: int((a, b) => a !== b),
      ltS: int((a, b) => a < b),
      ltU: int((a, b) => u(a) < u(b)),
      gtS: int((a, b) => a > b),
      gtU: int((a, b) => u(a) > u(b)),
      leS: int((a, b) => a <= b),
      leU: int((a, b) => u(a) <= u(b)),
      geS: int((a, b) => a >= b),
      geU: int((a, b) => u(a) >= u(b)),
      clz: int(Math.clz32, 1),
      ctz: int((a) => (a === 0 ? 32 : 31 - Math.clz32(a & -a)), 1),
      popcnt: int(bitsOf, 1),
      add: int((a, b) => (a + b) | 0),
      sub: int((a, b) => (a - b) | 0),
      mul: int(Math.imul),
      divS: int((a, b) => (b === 0 || (a === -(2 ** 31) && b === -1) ? undefined : Math.trunc(a / b) | 0)),
      divU: int((a, b) => (b === 0 ? undefined : Math.trunc(u(a) / u(b)) | 0)),
      remS: int((a, b) => (b === 0 ? undefined : (a % b) | 0)),
      remU: int((a, b) => (b === 0 ? undefined : (u(a) % u(b)) | 0)),
      and: int((a, b) => a & b),
      or: int((a, b) => a | b),
      xor: int((a, b) => a ^ b),
      shl: int((a, b) => a << b),
      shrS: int((a, b) => a >> b),
      shrU: int((a, b) => (a >>> b) | 0),
      rotl: int((a, b) => (a << (b & 31)) | ((b & 31) === 0 ? 0 : a >>> (32 - (b & 31)))),
      rotr: int((a, b) => (a >>> (b & 31)) | ((b & 31) === 0 ? 0 : a << (32 - (b & 31)))),
      extend8S: int((a) => (a << 24) >> 24, 1),
      extend16S: int((a) => (a << 16) >> 16, 1),
      wrapI64: long((a) => Number(BigInt.asIntN(32, a)), 1),
      reinterpretF32: single((a) => (view.setFloat32(0, a), view.getInt32(0)), 1),
      truncSatF32S: single(toS32, 1),
      truncSatF32U: single(toU32, 1),
      truncSatF64S: double(toS32, 1),
      truncSatF64U: double(toU32, 1),
    },
  },
  i64: {
    ops: i64,
    cases: {
      eqz: long((a) => a === 0n, 1),
      eq: long((a, b) => a === b),
      ne: long((a, b) => a !== b),
      ltS: long((a, b) => a < b),
      ltU: long((a, b) => ub(a) < ub(b)),
      gtS: long((a, b) => a > b),
      gtU: long((a, b) => ub(a) > ub(b)),
      leS: long((a, b) => a <= b),
      leU: long((a, b) => ub(a) <= ub(b)),
      geS: long((a, b) => a >= b),
      geU: long((a, b) => ub(a) >= ub(b)),
      clz: long((a) => BigInt(ub(a).toString(2).padStart(64, '0').replace(/1.*/, '').length), 1),
      ctz: long((a) => BigInt(ub(a).toString(2).padStart(64, '0').replace(/.*1/, '').length), 1),
      popcnt: long((a) => BigInt(ub(a).toString(2).replaceAll('0', '').length), 1),
      add: long((a, b) => sb(a + b)),
      sub: long((a, b) => sb(a - b)),
      mul: long((a, b) => sb(a * b)),
      divS: long((a, b) => (b === 0n || (b === -1n && a === -(1n << 63n)) ? undefined : a / b)),
      divU: long((a, b) => (b === 0n ? undefined : sb(ub(a) / ub(b)))),
      remS: long((a, b) => (b === 0n ? undefined : a % b)),
      remU: long((a, b) => (b === 0n ? undefined : sb(ub(a) % ub(b)))),
      and: long((a, b) => a & b),
      or: long((a, b) => a | b),
      xor: long((a, b) => a ^ b),
      shl: long((a, b) => sb(a << (b & 63n))),
      shrS: long((a, b) => a >> (b & 63n)),
      shrU: long((a, b) => sb(ub(a) >> (b & 63n))),
      rotl: long((a, b) => sb((ub(a) << (b & 63n)) | (ub(a) >> (64n - (b & 63n))))),
      rotr: long((a, b) => sb((ub(a) >> (b & 63n)) | (ub(a) << (64n - (b & 63n))))),
      extendI32S: int((a) => BigInt(a), 1),
      extendI32U: int((a) => BigInt(u(a)), 1),
      truncSatF64S: double((a) => (Number.isNaN(a) ? 0n : Math.abs(a) < 2 ** 63 ? BigInt(Math.trunc(a)) : a < 0 ? -(1n << 63n) : (1n << 63n) - 1n), 1),
      reinterpretF64: double((a) => (view.setFloat64(0, a), view.getBigInt64(0)), 1),
    },
  },
  f32: {
    ops: f32,
    cases: {
      ...floats(single),
      convertI32S: int((a) => a, 1),
      convertI32U: int(u, 1),
      demoteF64: double((a) => a, 1),
      reinterpretI32: int((a) => (view.setInt32(0, a), view.getFloat32(0)), 1),
    },
  },
  f64: {
    ops: f64,
    cases: {
      ...floats(double),
      convertI32S: int((a) => a, 1),
      convertI32U: int(u, 1),
      convertI64S: long(Number, 1),
      promoteF32: single((a) => a, 1),
      reinterpretI64: long((a) => (view.setBigInt64(0, a), view.getFloat64(0)), 1),
    },
  },
};

const VALUES: Record<Type, readonly Value[]> = {
  i32: [0, 1, -1, 7, -7, 31, 33, 2 ** 31 - 1, -(2 ** 31), 0x1234_5678, -0x1234_5678, 128, 0x8000],
  i64: [0n, 1n, -1n, 7n, -7n, 63n, 65n, (1n << 63n) - 1n, -(1n << 63n), 0x1234_5678_9abc_def0n, -(1n << 40n)],
  f32: [0, -0, 1, -1.5, 2.5, 3.5, -0.25, 3e9, -3e9, 5e9, Infinity, -Infinity, Math.fround(1e-40), Math.fround(0.1)],
  f64: [0, -0, 1, -1.5, 2.5, 3.5, -0.25, 3e9, -3e9, 5e9, 1e19, -1e19, Infinity, 1e-310, 0.1],
};

describe.each(TIERS)('$tier', ({ tier, flags }) => {
  for (const [namespace, { ops, cases }] of Object.entries(TABLE) as [Type, (typeof TABLE)[Type]][]) {
    test(`${namespace}: every instruction`, () => {
      flags.forEach((flag) => setFlagsFromString(flag));
      const wanted = Object.keys(ops).filter((name) => !/^(load|store|const)/.test(name));
      expect(Object.keys(cases).toSorted()).toEqual(wanted.toSorted());
      const module = new ModuleBuilder({ from: 'own' });
      const result = (name: string): Type => (/^(eqz?|ne|[lg][te][SU]?)$/.test(name) ? 'i32' : namespace);
      for (const [name, { operands }] of Object.entries(cases)) {
        const signature = Object.fromEntries(operands.map((type, i) => [`p${i}`, type]));
        const f = module.function(`${tier} ${name}`, signature, { result: result(name) });
        f.return((ops[name] as (...args: Expr<ValueType>[]) => Expr<ValueType>)(...Object.values(f.params)));
      }
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.build()));
      for (const [name, { operands, expected }] of Object.entries(cases)) {
        for (const a of VALUES[operands[0]!]) {
          for (const b of operands.length > 1 ? VALUES[operands[1]!] : [a]) {
            let want = expected(a as never, b as never);
            if (want === undefined) continue;
            if (result(name) === 'i32') want = (want as number) | 0;
            if (result(name) === 'f32') want = Math.fround(want as number);
            const got = (exports[`${tier} ${name}`] as (...args: Value[]) => Value)(a, b);
            expect({ call: `${namespace}.${name}(${a}, ${b})`, value: got }).toEqual({ call: `${namespace}.${name}(${a}, ${b})`, value: want });
          }
        }
      }
    });
  }

  test('constants, loads, stores, select and bulk memory', () => {
    flags.forEach((flag) => setFlagsFromString(flag));
    const module = new ModuleBuilder({ from: 'own' });
    const cases: { readonly name: string; readonly value: Expr<Type>; readonly expected: Value }[] = [
      { name: 'i32.const', value: i32.const(-(2 ** 31)), expected: -(2 ** 31) },
      { name: 'i64.const', value: i64.const(-(1n << 63n)), expected: -(1n << 63n) },
      { name: 'f32.const', value: f32.const(0.1), expected: Math.fround(0.1) },
      { name: 'f64.const', value: f64.const(0.1), expected: 0.1 },
      { name: 'i32.load', value: i32.load(1, 2), expected: 0x8685_8483 | 0 },
      { name: 'i32.load8S', value: i32.load8S(1, 2), expected: 0x83 - 256 },
      { name: 'i32.load8U', value: i32.load8U(1, 2), expected: 0x83 },
      { name: 'i32.load16S', value: i32.load16S(1, 2), expected: 0x8483 - 65536 },
      { name: 'i32.load16U', value: i32.load16U(1, 2), expected: 0x8483 },
      { name: 'i64.load', value: i64.load(1, 2), expected: BigInt.asIntN(64, 0x8a89_8887_8685_8483n) },
      { name: 'i64.load8U', value: i64.load8U(1, 2), expected: 0x83n },
      { name: 'i64.load16U', value: i64.load16U(1, 2), expected: 0x8483n },
      { name: 'i64.load32S', value: i64.load32S(1, 2), expected: BigInt.asIntN(32, 0x8685_8483n) },
      { name: 'i64.load32U', value: i64.load32U(1, 2), expected: 0x8685_8483n },
      { name: 'f32.load', value: f32.load(128), expected: 1.5 },
      { name: 'f64.load', value: f64.load(136), expected: -2.25 },
      { name: 'select', value: select(i32.load8U(0), f64.const(1), f64.const(2)), expected: 1 },
      { name: 'select of vectors', value: i8x16.extractLaneS(select(0, v128.zero(), i8x16.constSplat(5)), 3), expected: 5 },
    ];
    for (const { name, value } of cases) module.function(`${tier} ${name}`, {}, { result: value.type }).return(value);
    const stores = module.function(`${tier} stores`, {});
    stores.do(i32.store(254, -2, 2));
    stores.do(i32.store8(260, -2));
    stores.do(i32.store16(262, -2));
    stores.do(i64.store(264, -2n));
    stores.do(f32.store(272, 1.5));
    stores.do(f64.store(280, 1.5));
    stores.do(memory.fill(288, 7, 3));
    stores.do(memory.copy(300, 256, 8));
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.build()));
    const { buffer } = exports['memory'] as WebAssembly.Memory;
    const [bytes, data] = [new Uint8Array(buffer), new DataView(buffer)];
    bytes.forEach((_, i) => (i < 128 ? (bytes[i] = 0x80 + i) : 0));
    data.setFloat32(128, 1.5, true);
    data.setFloat64(136, -2.25, true);
    for (const { name, expected } of cases) expect({ name, value: (exports[`${tier} ${name}`] as () => Value)() }).toEqual({ name, value: expected });
    (exports[`${tier} stores`] as () => void)();
    expect(data.getInt32(256, true)).toBe(-2);
    expect(Array.from(bytes.subarray(260, 272))).toEqual([254, 0, 254, 255, 254, 255, 255, 255, 255, 255, 255, 255]);
    expect([data.getFloat32(272, true), data.getFloat64(280, true)]).toEqual([1.5, 1.5]);
    expect(Array.from(bytes.subarray(288, 292))).toEqual([7, 7, 7, 0]);
    expect(bytes.subarray(300, 308)).toEqual(bytes.subarray(256, 264));
  });
});
