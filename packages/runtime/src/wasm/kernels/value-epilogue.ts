/**
 * Value epilogues on 8 frames at a time: requantise, saturate to 16 bits, activation, skip connection, activation, stores.
 * One kernel per combination that a program uses; the combination is its name.
 *
 * The table has 16 bytes per channel: multiplier (i32), shift (i32), offset (i64; its low half for 32-bit arithmetic).
 */
import { type FunctionBuilder, i16x8, i32, i32x4, i64, i64x2, i8x16, type Local, type V128, v128 } from '@bitvox/wasm';
import type { TensorFormat } from '../../program.ts';
import { advance, type Kernel, kernel, overFrames, repeat } from './kernel.ts';

/** Where accumulators are read from, and in which type. */
export type AccumulatorSource = 'i8' | 'i16' | 'i32';

/** An activation as a kernel knows it; slopes of 1 and more take more instructions. */
export type ActivationKind = 'none' | 'relu' | 'prelu' | 'steep';

/** One combination. */
export interface ValueKind {
  readonly source: AccumulatorSource;
  readonly arithmetic: 'none' | 'narrow' | 'wide';
  readonly activation: ActivationKind;
  readonly residual: boolean;
  readonly then: ActivationKind;
  /** Formats in order, shifts of `i8` outputs, and whether a 1-bit output has thresholds of its own. */
  readonly outputs: readonly { readonly format: Exclude<TensorFormat, 'f32'>; readonly shift: number; readonly compared: boolean }[];
}

/** Bytes of the table per channel. */
export const VALUE_TABLE_BYTES = 16;
const SOURCE_BYTES = { i8: 1, i16: 2, i32: 4 } as const;
const FORMAT_BYTES = { i8: 1, sign: 1, bit: 1, i16: 2 } as const;

const nameOf = (kind: ValueKind): string =>
  [
    'value',
    kind.source,
    kind.arithmetic,
    kind.activation,
    kind.residual ? 'add' : 'alone',
    kind.then,
    ...kind.outputs.map(({ format, shift, compared }) => (format === 'i8' ? `i8>>${shift}` : `${format}${compared ? '?' : ''}`)),
  ].join('_');

/** `floor((z M + O) / 2^s)` of 8 accumulators. */
interface Requantizer {
  /** Loads the constants of a channel. */
  channel(table: Local<'i32'>): void;
  value(z: Local<'i32'>): V128;
}

function noRequantizer(source: AccumulatorSource): Requantizer {
  if (source === 'i32') throw new RangeError('32-bit accumulators need a requantisation');
  return { channel: () => undefined, value: (z) => (source === 'i8' ? v128.load8x8S(z) : v128.load(z)) };
}

/** 32-bit arithmetic: `|z|` and `|M|` below 2^15. */
function narrowRequantizer(f: FunctionBuilder, source: AccumulatorSource): Requantizer {
  const [multiplier, offset, values] = [f.local('v128'), f.local('v128'), f.local('v128')];
  const shift = f.local('i32');
  const load: Readonly<Record<AccumulatorSource, (z: Local<'i32'>) => V128>> = {
    i8: (z) => v128.load8x8S(z),
    i16: (z) => v128.load(z),
    i32: (z) => i16x8.narrowI32x4S(v128.load(z), v128.load(z, 16)),
  };
  return {
    channel(table) {
      f.set(multiplier, v128.load16Splat(table));
      f.set(shift, i32.load(table, 4));
      f.set(offset, v128.load32Splat(table, 8));
    },
    value(z) {
      f.set(values, load[source](z));
      const half = (product: V128): V128 => i32x4.shrS(i32x4.add(product, offset), shift);
      return i16x8.narrowI32x4S(half(i32x4.extmulLowI16x8S(values, multiplier)), half(i32x4.extmulHighI16x8S(values, multiplier)));
    },
  };
}

const LOW_WORDS = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27];

/** 64-bit arithmetic. The result fits 32 bits and the shift is below 32, so a logical shift has the right low half. */
function wideRequantizer(f: FunctionBuilder, source: AccumulatorSource): Requantizer {
  const [multiplier, offset, low, high] = [f.local('v128'), f.local('v128'), f.local('v128'), f.local('v128')];
  const shift = f.local('i32');
  const load = (z: Local<'i32'>, at: 0 | 1): V128 => {
    if (source === 'i32') return v128.load(z, 16 * at);
    if (source === 'i16') return v128.load16x4S(z, 8 * at);
    return i32x4.extendLowI16x8S(i16x8.extendLowI8x16S(v128.load32Zero(z, 4 * at)));
  };
  return {
    channel(table) {
      f.set(multiplier, v128.load32Splat(table));
      f.set(shift, i32.load(table, 4));
      f.set(offset, i64x2.splat(i64.load(table, 8)));
    },
    value(z) {
      f.set(low, load(z, 0));
      f.set(high, load(z, 1));
      const half = (product: V128): V128 => i64x2.shrU(i64x2.add(product, offset), shift);
      const four = (z32: V128): V128 => v128.shuffle(half(i64x2.extmulLowI32x4S(z32, multiplier)), half(i64x2.extmulHighI32x4S(z32, multiplier)), LOW_WORDS);
      return i16x8.narrowI32x4S(four(low), four(high));
    },
  };
}

/** An activation on 8 values of 16 bits; `slope` holds it in Q14 (Q15 for slopes below 1, where one rounding multiplication does it). */
function activate(f: FunctionBuilder, kind: ActivationKind, value: Local<'v128'>, slope: Local<'v128'>): void {
  if (kind === 'relu') f.set(value, i16x8.maxS(value, v128.zero()));
  if (kind === 'prelu') f.set(value, v128.bitselect(i16x8.q15mulrSatS(value, slope), value, i16x8.shrS(value, 15)));
  if (kind === 'steep') {
    const half = (product: V128): V128 => i32x4.shrS(i32x4.add(product, i32x4.constSplat(2 ** 13)), 14);
    const scaled = i16x8.narrowI32x4S(half(i32x4.extmulLowI16x8S(value, slope)), half(i32x4.extmulHighI16x8S(value, slope)));
    f.set(value, v128.bitselect(scaled, value, i16x8.shrS(value, 15)));
  }
}

/** What an activation's slope argument is: Q15 for `prelu`, Q14 for `steep`. */
export function slopeArgument(kind: ActivationKind, slope: number): number {
  return kind === 'prelu' ? 2 * slope : slope;
}

/** Limit and flip of a compared output: loaded per channel from 4 bytes, two numbers of 16 bits. */
interface Limits {
  readonly limit: Local<'v128'>;
  readonly flip: Local<'v128'>;
}

function store(
  f: FunctionBuilder,
  value: Local<'v128'>,
  target: Local<'i32'>,
  { format, shift }: ValueKind['outputs'][number],
  limits: Limits | undefined,
): void {
  if (format === 'i16') {
    f.do(v128.store(target, value));
    return;
  }
  const bytes = (x: V128): V128 => i8x16.narrowI16x8S(x, x);
  if (format === 'i8') {
    // (v + 2^(s-1)) >> s without the overflow: the last bit that is shifted out rounds.
    const rounded = shift === 0 ? value : i16x8.shrS(i16x8.addSatS(shift === 1 ? value : i16x8.shrS(value, shift - 1), i16x8.constSplat(1)), 1);
    f.do(v128.store64Lane(target, bytes(rounded), 0));
    return;
  }
  const negative = limits === undefined ? i8x16.ltS(bytes(value), v128.zero()) : bytes(i16x8.gtS(limits.limit, v128.xor(value, limits.flip)));
  f.do(v128.store64Lane(target, signBytes(negative, format), 0));
}

/** Bytes of a 1-bit format out of a mask of negative lanes. */
export function signBytes(negative: V128, format: 'sign' | 'bit'): V128 {
  return format === 'sign' ? v128.or(negative, i8x16.constSplat(1)) : v128.andnot(i8x16.constSplat(1), negative);
}

/** Bytes of the table of a compared output per channel. */
export const COMPARISON_TABLE_BYTES = 4;

/** The kernel of a combination. Arguments of each output: address, row stride, address of the table of comparisons. */
export function valueEpilogue(kind: ValueKind): Kernel {
  const outs = kind.outputs.flatMap((_, index) => [`out${index}`, `stride${index}`, `limits${index}`]);
  const parameters: readonly string[] = ['z', 'zStride', 'channels', 'frames', 'table', 'slope', 'thenSlope', 'residual', 'residualStride', ...outs];
  return kernel(nameOf(kind), parameters, (f, p) => {
    const frame = f.local('i32');
    const [z, residual] = [f.local('i32'), f.local('i32')];
    const targets = f.locals('i32', kind.outputs.length);
    const value = f.local('v128');
    const limits = kind.outputs.map(({ compared }): Limits | undefined => (compared ? { limit: f.local('v128'), flip: f.local('v128') } : undefined));
    const [slope, thenSlope] = [f.let(i16x8.splat(p['slope']!)), f.let(i16x8.splat(p['thenSlope']!))];
    const requantizer =
      kind.arithmetic === 'none'
        ? noRequantizer(kind.source)
        : kind.arithmetic === 'narrow'
          ? narrowRequantizer(f, kind.source)
          : wideRequantizer(f, kind.source);
    repeat(f, p['channels']!, () => {
      requantizer.channel(p['table']!);
      f.set(z, p['z']!);
      if (kind.residual) f.set(residual, p['residual']!);
      targets.forEach((target, index) => f.set(target, p[`out${index}`]!));
      limits.forEach((pair, index) => {
        if (pair === undefined) return;
        const table = p[`limits${index}`]!;
        f.set(pair.limit, v128.load16Splat(table));
        f.set(pair.flip, v128.load16Splat(table, 2));
        advance(f, table, COMPARISON_TABLE_BYTES);
      });
      overFrames(f, frame, p['frames']!, 8, () => {
        f.set(value, requantizer.value(z));
        activate(f, kind.activation, value, slope);
        if (kind.residual) {
          f.set(value, i16x8.addSatS(value, v128.load(residual)));
          advance(f, residual, 16);
        }
        activate(f, kind.then, value, thenSlope);
        kind.outputs.forEach((output, index) => {
          store(f, value, targets[index]!, output, limits[index]);
          advance(f, targets[index]!, 8 * FORMAT_BYTES[output.format]);
        });
        advance(f, z, 8 * SOURCE_BYTES[kind.source]);
      });
      advance(f, p['table']!, VALUE_TABLE_BYTES);
      advance(f, p['z']!, p['zStride']!);
      if (kind.residual) advance(f, p['residual']!, p['residualStride']!);
      kind.outputs.forEach((_, index) => advance(f, p[`out${index}`]!, p[`stride${index}`]!));
    });
  });
}
