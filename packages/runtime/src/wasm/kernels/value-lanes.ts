/**
 * What a value epilogue does to 8 frames of a channel: requantise, saturate to 16 bits, activation, skip connection, activation, stores.
 * Emitted into the kernels of epilogues, and into products that finish their rows themselves. Factors of second terms are means over channels:
 * kernels that measure them take 8 frames a call.
 *
 * The table has 16 bytes per channel: multiplier (i32), shift (i32), offset (i64; its low half for 32-bit arithmetic). Outputs that compare
 * have 4 bytes per channel, limit and flip; outputs of two terms limit and offset.
 */
import { type FunctionBuilder, i16x8, i32, i8x16, type Local, select, type V128, v128 } from '@bitvox/wasm';
import type { Activation, TensorFormat } from '../../program.ts';
import { advance } from './kernel.ts';
import { factorLimit } from '../../lower/two-terms.ts';
import { type AccumulatorLanes, REQUANTIZER } from './requantizer.ts';

/** An activation as a kernel knows it: slopes below 1, from 1 on, from -1 down. */
export type ActivationKind = 'none' | 'relu' | 'prelu' | 'steep' | 'mirrored';

/** How 16-bit outputs become others: a shift for `i8`; thresholds of their own for 1-bit ones; two terms, with or without the factor of the second. */
export interface OutputKind {
  readonly format: Exclude<TensorFormat, 'f32'>;
  readonly shift: number;
  readonly compared: boolean;
  readonly split: 'none' | 'constant' | 'measured';
  /** Of two terms: steps from -1 to 1, and low bits that sums of what they leave go without. */
  readonly span: number;
  readonly dropped: number;
}

/** One combination. */
export interface LanesKind {
  readonly arithmetic: 'none' | 'narrow' | 'wide';
  /** Shift of the requantisation where it is that of all channels. */
  readonly shift: number | null;
  readonly activation: ActivationKind;
  readonly residual: boolean;
  readonly then: ActivationKind;
  readonly outputs: readonly OutputKind[];
}

/** Frames that are finished together. */
export const LANES = 8;
/** Bytes of the tables per channel. */
export const VALUE_TABLE_BYTES = 16;
export const PAIR_TABLE_BYTES = 4;
/** A slope of 1. */
const SLOPE_ONE = 2 ** 14;
const FORMAT_BYTES = { i8: 1, sign: 1, bit: 1, i16: 2 } as const;

const outputName = ({ format, shift, compared, split, span, dropped }: OutputKind): string =>
  format === 'i8' ? `i8>>${shift}` : `${format}${compared ? '?' : ''}${split === 'none' ? '' : split === 'constant' ? `2x${span}` : `2m${span}-${dropped}`}`;

/** The name of a combination. */
export const lanesName = (kind: LanesKind): string =>
  [`${kind.arithmetic}${kind.shift ?? ''}`, kind.activation, kind.residual ? 'add' : 'alone', kind.then, ...kind.outputs.map(outputName)].join('_');

/** The arguments of an output: address, row stride, table; of two terms also the bytes to the rows of the second, and where factors go. */
const outputParameters = ({ split }: OutputKind, index: number): readonly string[] => [
  `out${index}`,
  `stride${index}`,
  `table${index}`,
  ...(split === 'none' ? [] : [`second${index}`]),
  ...(split === 'measured' ? [`factors${index}`] : []),
];

/** The parameters that lanes read, in order. */
export const lanesParameters = ({ outputs }: LanesKind): readonly string[] => [
  'table',
  'slope',
  'thenSlope',
  'residual',
  'residualStride',
  ...outputs.flatMap(outputParameters),
];

/**
 * An activation on 8 values of 16 bits: one rounding multiplication, and for slopes beyond 1 an addition. Which of value and product counts is a
 * comparison: a product with a slope below 1 is above a negative value and never above another one, and so on.
 */
function activate(f: FunctionBuilder, kind: ActivationKind, value: Local<'v128'>, slope: Local<'v128'>): void {
  const product = (): V128 => i16x8.q15mulrSatS(value, slope);
  if (kind === 'relu') f.set(value, i16x8.maxS(value, v128.zero()));
  if (kind === 'prelu') f.set(value, i16x8.maxS(value, product()));
  if (kind === 'steep') f.set(value, i16x8.minS(value, i16x8.addSatS(value, product())));
  if (kind === 'mirrored') f.set(value, i16x8.maxS(value, i16x8.subSatS(product(), value)));
}

/** Slopes (Q14) from 1 on and from -1 down are steep and mirrored. */
export function activationKind(activation: Activation): ActivationKind {
  if (activation.kind !== 'prelu') return activation.kind;
  if (activation.slope >= SLOPE_ONE) return 'steep';
  return activation.slope <= -SLOPE_ONE ? 'mirrored' : 'prelu';
}

/** The slope argument (Q15) of an activation: what is beyond 1 or -1; 0 where there is none. */
export function slopeArgument(activation: Activation): number {
  if (activation.kind !== 'prelu') return 0;
  const beyond = { steep: SLOPE_ONE, mirrored: -SLOPE_ONE, prelu: 0, none: 0, relu: 0 }[activationKind(activation)];
  return 2 * (activation.slope - beyond);
}

/** Bytes of a 1-bit format out of a mask of negative lanes. */
export function signBytes(negative: V128, format: 'sign' | 'bit'): V128 {
  return format === 'sign' ? v128.or(negative, i8x16.constSplat(1)) : v128.andnot(i8x16.constSplat(1), negative);
}

/** How one output is written. */
interface Writer {
  /** Loads the constants of a channel. */
  channel(): void;
  /** Writes 8 frames at `target`. */
  write(value: Local<'v128'>, target: Local<'i32'>): void;
  /** After the last channel. */
  end?(): void;
}

type Parameters = Readonly<Record<string, Local<'i32'>>>;

/** Two constants of 16 bits per channel, splat. */
function constants(f: FunctionBuilder, table: Local<'i32'>): { readonly values: readonly [Local<'v128'>, Local<'v128'>]; load(): void } {
  const values = [f.local('v128'), f.local('v128')] as const;
  const load = (): void => {
    values.forEach((value, at) => f.set(value, v128.load16Splat(table, 2 * at)));
    advance(f, table, PAIR_TABLE_BYTES);
  };
  return { values, load };
}

function plainWriter(f: FunctionBuilder, { format, shift, compared }: OutputKind, table: Local<'i32'>): Writer {
  const bytes = (x: V128): V128 => i8x16.narrowI16x8S(x, x);
  if (format === 'i16') return { channel: () => undefined, write: (value, target) => f.do(v128.store(target, value)) };
  if (format === 'i8') {
    // (v + 2^(s-1)) >> s without the overflow: the last bit that is shifted out rounds.
    const rounded = (value: Local<'v128'>): V128 =>
      shift === 0 ? value : i16x8.shrS(i16x8.addSatS(shift === 1 ? value : i16x8.shrS(value, shift - 1), i16x8.constSplat(1)), 1);
    return { channel: () => undefined, write: (value, target) => f.do(v128.store64Lane(target, bytes(rounded(value)), 0)) };
  }
  if (!compared) {
    return { channel: () => undefined, write: (value, target) => f.do(v128.store64Lane(target, signBytes(i8x16.ltS(bytes(value), v128.zero()), format), 0)) };
  }
  const { values, load } = constants(f, table);
  const [limit, flip] = values;
  return { channel: load, write: (value, target) => f.do(v128.store64Lane(target, signBytes(bytes(i16x8.gtS(limit, v128.xor(value, flip))), format), 0)) };
}

function splitWriter(f: FunctionBuilder, output: OutputKind, p: Parameters, index: number, channels: Local<'i32'>): Writer {
  const { values, load } = constants(f, p[`table${index}`]!);
  const [limit, offset] = values;
  const [negative, rest, signs] = [f.local('v128'), f.local('v128'), f.local('v128')];
  const sum = output.split === 'measured' ? f.local('v128') : null;
  const writer: Writer = {
    channel: load,
    write(value, target) {
      f.set(negative, i16x8.gtS(limit, value));
      f.set(rest, i16x8.addSatS(i16x8.subSatS(value, offset), v128.and(negative, i16x8.constSplat(output.span))));
      f.set(signs, signBytes(i8x16.narrowI16x8S(negative, i16x8.shrS(rest, 15)), 'sign'));
      f.do(v128.store64Lane(target, signs, 0));
      f.do(v128.store64Lane(i32.add(target, p[`second${index}`]!), signs, 1));
      if (sum !== null) f.set(sum, i16x8.addSatU(sum, i16x8.shrU(i16x8.abs(rest), output.dropped)));
    },
  };
  return sum === null ? writer : { ...writer, end: () => storeFactors(f, output, sum, p[`factors${index}`]!, channels) };
}

/** `min(limit, floor((2^dropped sum + floor(2^dropped C / 2)) / C))` of 8 frames. */
function storeFactors(f: FunctionBuilder, { span, dropped }: OutputKind, sums: Local<'v128'>, target: Local<'i32'>, channels: Local<'i32'>): void {
  const limit = factorLimit(span / 2);
  const factor = f.local('i32');
  const half = f.let(i32.shrU(i32.shl(channels, dropped), 1));
  for (let frame = 0; frame < LANES; frame++) {
    f.set(factor, i32.divU(i32.add(i32.shl(i16x8.extractLaneU(sums, frame), dropped), half), channels));
    f.do(i32.store16(target, select(i32.ltU(factor, limit), factor, i32.const(limit)), 2 * frame));
  }
}

/** The pieces of a kernel that finishes values, in the order in which it calls them. */
export interface ValueLanes {
  /** Before the frames of a channel. */
  channel(): void;
  /** Finishes 8 frames and moves on to the next. */
  frames(source: AccumulatorLanes): void;
  /** After the frames of a channel: on by one row, or with planes by all rows of one. */
  nextChannel(): void;
  /** After the same row of all planes: to the next row of the first. */
  nextRow(): void;
  /** After the last channel. */
  end(): void;
}

/** Planes, and rows of each: channels that are visited row by row, the same row of all planes first. */
export interface Planes {
  readonly planes: Local<'i32'>;
  readonly rows: Local<'i32'>;
}

/**
 * Lanes of a combination; parameters `channels`, `frames` and those of `lanesParameters` are consumed. Tables of constants stand in the
 * order in which channels are visited.
 */
export function valueLanes(f: FunctionBuilder, p: Parameters, kind: LanesKind, order?: Planes): ValueLanes {
  const { outputs } = kind;
  const value = f.local('v128');
  const residual = f.local('i32');
  const targets = f.locals('i32', outputs.length);
  const [slope, thenSlope] = [f.let(i16x8.splat(p['slope']!)), f.let(i16x8.splat(p['thenSlope']!))];
  const requantizer = REQUANTIZER[kind.arithmetic](f, kind.shift);
  const channels = f.let<'i32'>(p['channels']!);
  const writers = outputs.map((output, index) =>
    output.split === 'none' ? plainWriter(f, output, p[`table${index}`]!) : splitWriter(f, output, p, index, channels),
  );
  const pointers = [...(kind.residual ? ['residual'] : []), ...outputs.map((_, index) => `out${index}`)].map((name) => {
    const [pointer, stride] = [p[name]!, p[name.replace('out', 'stride').replace('residual', 'residualStride')]!];
    return { pointer, stride, step: order === undefined ? stride : f.let(i32.mul(stride, order.rows)) };
  });
  return {
    channel() {
      requantizer.channel(p['table']!);
      if (kind.residual) f.set(residual, p['residual']!);
      targets.forEach((target, index) => f.set(target, p[`out${index}`]!));
      for (const writer of writers) writer.channel();
    },
    frames(source) {
      f.set(value, requantizer.value(source));
      activate(f, kind.activation, value, slope);
      if (kind.residual) {
        f.set(value, i16x8.addSatS(value, v128.load(residual)));
        advance(f, residual, 16);
      }
      activate(f, kind.then, value, thenSlope);
      outputs.forEach(({ format }, index) => {
        writers[index]!.write(value, targets[index]!);
        advance(f, targets[index]!, 8 * FORMAT_BYTES[format]);
      });
    },
    nextChannel() {
      if (kind.arithmetic !== 'none') advance(f, p['table']!, VALUE_TABLE_BYTES);
      for (const { pointer, step } of pointers) advance(f, pointer, step);
    },
    nextRow() {
      for (const { pointer, stride, step } of pointers) f.set(pointer, i32.sub(i32.add(pointer, stride), i32.mul(step, order!.planes)));
    },
    end: () => writers.forEach(({ end }) => end?.()),
  };
}
