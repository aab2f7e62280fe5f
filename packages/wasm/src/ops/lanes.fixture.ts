/**
 * What every SIMD128 instruction should do, said in JavaScript over plain arrays of lanes, and the means to compare the two:
 * operands that reach the corners, and a run of a whole namespace.
 */
import { type f32x4, type f64x2, i32x4, ModuleBuilder, v128, type V128 } from '../index.ts';

export type Kind = 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'i64' | 'u64' | 'f32' | 'f64';
export type Bytes = Uint8Array<ArrayBuffer>;
export type Values = number[];
/** Operand bytes to result bytes. A scalar result is compared as its own bytes. */
export type Expected = (a: Bytes, b: Bytes, c: Bytes) => Bytes;
export interface Case {
  readonly build: (a: V128, b: V128, c: V128) => V128;
  readonly expected: Expected;
}
export type Cases = Record<string, Case>;

export const ARRAYS = {
  i8: Int8Array,
  u8: Uint8Array,
  i16: Int16Array,
  u16: Uint16Array,
  i32: Int32Array,
  u32: Uint32Array,
  f32: Float32Array,
  f64: Float64Array,
} as const;
export type Narrow = keyof typeof ARRAYS;

export const get = (kind: Narrow, bytes: Bytes): Values => Array.from(new ARRAYS[kind](bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + 16)));
export const put = (kind: Narrow, values: Values): Bytes => new Uint8Array(ARRAYS[kind].from(values).buffer as ArrayBuffer);
export const big = (signed: boolean, bytes: Bytes): bigint[] => Array.from(new (signed ? BigInt64Array : BigUint64Array)(bytes.slice().buffer));
export const putBig = (values: bigint[]): Bytes => new Uint8Array(BigInt64Array.from(values, (v) => BigInt.asIntN(64, v)).buffer);

export const clamp =
  (low: number, high: number) =>
  (x: number): number =>
    Math.min(high, Math.max(low, x));
export const [s8, u8, s16, u16] = [clamp(-128, 127), clamp(0, 255), clamp(-32768, 32767), clamp(0, 65535)];
export const [s32, u32] = [clamp(-(2 ** 31), 2 ** 31 - 1), clamp(0, 2 ** 32 - 1)];
/** Round half to even. */
export const even = (x: number): number => {
  const low = Math.floor(x);
  const up = x - low > 0.5 || (x - low === 0.5 && low % 2 !== 0);
  return !Number.isFinite(x) || Number.isInteger(x) ? x : x < 0 && low + Number(up) === 0 ? -0 : low + Number(up);
};
export const zeroNaN =
  (f: (x: number) => number) =>
  (x: number): number =>
    Number.isNaN(x) ? 0 : f(Math.trunc(x));

export const map =
  (kind: Narrow, f: (x: number, y: number, z: number) => number): Expected =>
  (a, b, c) => {
    const [y, z] = [get(kind, b), get(kind, c)];
    return put(
      kind,
      get(kind, a).map((x, i) => f(x, y[i]!, z[i]!)),
    );
  };
export const MASK: Partial<Record<Narrow, Narrow>> = { u8: 'i8', u16: 'i16', u32: 'i32', f32: 'i32' };
export const compare =
  (kind: Narrow, f: (x: number, y: number) => boolean): Expected =>
  (a, b) => {
    const y = get(kind, b);
    if (kind === 'f64') return putBig(get(kind, a).map((x, i) => (f(x, y[i]!) ? -1n : 0n)));
    return put(
      MASK[kind] ?? kind,
      get(kind, a).map((x, i) => (f(x, y[i]!) ? -1 : 0)),
    );
  };
export const number =
  (f: (a: Bytes) => number): Expected =>
  (a) =>
    put('i32', [f(a), 0, 0, 0]);
export const halves =
  (from: Narrow, to: Narrow, half: 0 | 1, f: (x: number, y: number) => number): Expected =>
  (a, b) => {
    const [x, y] = [get(from, a), get(from, b)];
    const count = x.length / 2;
    return put(
      to,
      x.slice(half * count, half * count + count).map((value, i) => f(value, y[half * count + i]!)),
    );
  };
export const pairs =
  (from: Narrow, to: Narrow, f: (x0: number, x1: number, y0: number, y1: number) => number): Expected =>
  (a, b) => {
    const [x, y] = [get(from, a), get(from, b)];
    return put(
      to,
      Array.from({ length: x.length / 2 }, (_, i) => f(x[2 * i]!, x[2 * i + 1]!, y[2 * i]!, y[2 * i + 1]!)),
    );
  };
export const narrow =
  (from: Narrow, to: Narrow, f: (x: number) => number): Expected =>
  (a, b) =>
    put(to, [...get(from, a), ...get(from, b)].map(f));
export const bits = (f: (x: number, y: number, z: number) => number): Expected => map('u8', f);
export const bigs =
  (signed: boolean, f: (x: bigint, y: bigint) => bigint): Expected =>
  (a, b) => {
    const y = big(signed, b);
    return putBig(big(signed, a).map((x, i) => f(x, y[i]!)));
  };

/** A register with one value in every lane. */
export const fill = (kind: Narrow, lanes: number, value: number): Bytes =>
  put(
    kind,
    Array.from({ length: lanes }, () => value),
  );
export const one = (build: Case['build'], expected: Expected): Case => ({ build, expected });
export const scalar = (value: Parameters<typeof i32x4.splat>[0]): V128 => i32x4.replaceLane(v128.zero(), 0, value);
/** Instructions of one or two registers that work lane by lane. */
export const lanewise = <N extends Record<string, unknown>>(ops: N, table: Partial<Record<keyof N, Expected>>): Cases =>
  Object.fromEntries(Object.entries(table).map(([name, expected]) => [name, one(ops[name] as Case['build'], expected as Expected)]));
export const sign = (signed: Narrow, unsigned: Narrow): Record<string, Expected> => ({
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
export const saturated = (signed: Narrow, unsigned: Narrow, s: (x: number) => number, u: (x: number) => number): Record<string, Expected> => ({
  addSatS: map(signed, (x, y) => s(x + y)),
  addSatU: map(unsigned, (x, y) => u(x + y)),
  subSatS: map(signed, (x, y) => s(x - y)),
  subSatU: map(unsigned, (x, y) => u(x - y)),
  avgrU: map(unsigned, (x, y) => (x + y + 1) >> 1),
});
export interface Lanes {
  readonly shl: (a: V128, count: number) => V128;
  readonly shrS: (a: V128, count: number) => V128;
  readonly shrU: (a: V128, count: number) => V128;
  readonly allTrue: (a: V128) => Parameters<typeof scalar>[0];
  readonly bitmask: (a: V128) => Parameters<typeof scalar>[0];
}
export const shifts = (ops: Lanes, signed: Narrow, unsigned: Narrow): Cases => ({
  shl: one(
    (a) => ops.shl(a, 3),
    map(signed, (x) => x << 3),
  ),
  shrS: one(
    (a) => ops.shrS(a, 3),
    map(signed, (x) => x >> 3),
  ),
  shrU: one(
    (a) => ops.shrU(a, 3),
    map(unsigned, (x) => x >>> 3),
  ),
  allTrue: one(
    (a) => scalar(ops.allTrue(a)),
    number((a) => Number(get(signed, a).every((x) => x !== 0))),
  ),
  bitmask: one(
    (a) => scalar(ops.bitmask(a)),
    number((a) => get(signed, a).reduce((mask, x, i) => mask | (Number(x < 0) << i), 0)),
  ),
});
export const extended = (s: Narrow, u: Narrow, to: Narrow, from: 'I8x16' | 'I16x8'): Record<string, Expected> => ({
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

export function floats(ops: typeof f32x4 | typeof f64x2, kind: 'f32' | 'f64'): Cases {
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

/** Operands that reach the corners: all ones, small integers, equal lanes, floats of every size, and noise. */
export function operands(kind: Kind): Bytes[][] {
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

/** One execution of one instruction: what the engine left, and what it should have. */
export interface Execution {
  readonly label: string;
  readonly got: Values;
  readonly want: Values;
}

/** Runs every case of a namespace; `tag` makes the bytes of the module its own. */
export function execute(namespace: string, cases: Cases, tag: string): Execution[] {
  const module = new ModuleBuilder({ from: 'own' });
  for (const [name, { build }] of Object.entries(cases)) {
    const f = module.function(`${tag} ${name}`, {});
    f.do(v128.store(64, build(v128.load(0), v128.load(16), v128.load(32))));
  }
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.build()));
  const bytes = new Uint8Array((exports['memory'] as WebAssembly.Memory).buffer);
  const floatKind = namespace === 'f32x4' ? 'f32' : namespace === 'f64x2' ? 'f64' : undefined;
  return Object.entries(cases).flatMap(([name, { expected }]) => {
    const operandKind = /F32x4/.test(name) ? 'f32' : /F64x2/.test(name) ? 'f64' : /I32x4/.test(name) ? 'u8' : (floatKind ?? 'u8');
    // NaNs may differ in their bits, so floats are compared as numbers; the masks of comparisons as bytes.
    const values = (bits: Bytes): Values => (floatKind !== undefined && !/^(eq|ne|lt|gt|le|ge)$/.test(name) ? get(floatKind, bits) : Array.from(bits));
    return operands(operandKind).map(([a, b, c]) => {
      [a, b, c].forEach((operand, i) => bytes.set(operand!, i * 16));
      bytes.fill(0xa5, 64, 80);
      (exports[`${tag} ${name}`] as () => void)();
      return { label: `${namespace}.${name}(${[a, b].join(' | ')})`, got: values(bytes.slice(64, 80)), want: values(expected(a!, b!, c!)) };
    });
  });
}

/** Names of a namespace that {@link execute} covers; the others have tests of their own. */
export const executed = (ops: Record<string, unknown>): string[] =>
  Object.keys(ops)
    .filter((name) => !/^(load|store|relaxed)/.test(name))
    .toSorted();
