/**
 * Activations of two binary terms (dual-scale binarisation, BiFSMNv2): `x ~ b1 + s b2` with `b1 = sign(x - theta0)`, `r = x - b1 - theta1`,
 * `b2 = sign(r)`. Layers that look at one frame take `s = mean |r|` over their channels, frame by frame; layers with a window a constant.
 *
 * Two binary products per layer: `w . x ~ z1 + s z2`.
 */
import { RuntimeError } from '../errors.ts';
import type { WeightedNode } from '../ops/weighted.ts';
import type { Split, TwoTerms } from '../program.ts';
import { splitValue } from '../reference/finish.ts';
import { saturate16, round } from './requantize.ts';
import type { Fusion } from './stage.ts';

/** The rule of one layer in real numbers, one threshold of each kind per channel of its input. */
export interface SplitRule {
  readonly first: Float64Array;
  readonly second: Float64Array;
  /** Constant factors of the second terms, one per filter of a depthwise layer, one in all else; `null`: the mean of `|r|` in every frame. */
  readonly scale: Float32Array | null;
}

/** Factors of second terms stay below, so that accumulators have room. */
const LARGEST_SCALE = 15;
/** Largest sum of what second terms leave. */
const LARGEST_SUM = 65_535;
/** Most products of an output: tables of all kernels stay within reach of 16 bits. Most taps of one channel: their sums fit a byte. */
export const LARGEST_DEPTH = { dense: 2046, depthwise: 127 } as const;
/** Fractional bits of constant factors. */
const SCALE_BITS = 9;

/** Parameters of planes as parameters of channels: all rows of a plane share one. */
export const perChannel = (values: Float32Array, channels: number): Float64Array =>
  Float64Array.from({ length: channels }, (_, channel) => values[Math.floor((channel * values.length) / channels)]!);

/** Reads the tensors of a layer whose input has `channels` channels. @throws RuntimeError `RUNTIME_QUANTIZER` */
export function readSplit(fusion: Fusion, node: WeightedNode, channels: number, stride: number): SplitRule {
  const read = (role: string): Float64Array => perChannel(fusion.floats(node, role), channels);
  const scale = fusion.has(node, 'residual-scale') ? fusion.floats(node, 'residual-scale') : null;
  if (scale === null && stride > 1)
    throw new RuntimeError('RUNTIME_QUANTIZER', `two terms with a factor for every frame, of which it reads every ${stride}th.`, node.name);
  return { first: read('theta-0'), second: read('theta-1'), scale };
}

/** The largest factor in steps of `1 / one`. */
export const factorLimit = (one: number): number => Math.min(32_767, LARGEST_SCALE * one - 1);

/**
 * The split of a value that is kept in steps of `step`.
 * @param scale tensor that receives the factors, where they are computed
 * @throws RuntimeError `RUNTIME_RANGE`
 */
export function chooseSplit({ first, second }: SplitRule, step: number, scale: number | null, node: string): Split {
  if (![...first, ...second].every(Number.isFinite)) throw new RuntimeError('RUNTIME_RANGE', 'a threshold of its two terms is not a number.', node);
  const span = 2 / step;
  if (!(span < 2 ** 15)) throw new RuntimeError('RUNTIME_RANGE', `two terms of a value in steps of ${step}, of which 16 bits hold less than 2.`, node);
  const steps = (thresholds: Float64Array, from = 0): Int16Array => Int16Array.from(thresholds, (value) => saturate16(Math.ceil(value / step) + from));
  const one = span / 2;
  // As many bits of each |r| as leave room for the sum of the largest mean.
  const dropped = Math.max(0, Math.ceil(Math.log2(((LARGEST_SCALE + 1) * one * first.length) / (LARGEST_SUM + 1))));
  return { limits: steps(first), offsets: steps(second, one), span, scale, dropped, limit: factorLimit(one) };
}

/** Both terms of 0, `[first terms][second terms]`: what padded frames are where padding is quantised. */
export function splitOfZero(split: Split): Int8Array {
  const signs = Array.from(split.limits, (_, channel) => splitValue(0, split, channel).signs);
  return Int8Array.from([0, 1].flatMap((term) => signs.map((pair) => pair[term]!)));
}

/**
 * How sums of `columns` products become one accumulator.
 * @param scale tensor of factors of a step `1 / one`, or the constants of the layer, one per channel or one in all
 * @throws RuntimeError `RUNTIME_RANGE`
 */
export function chooseTwoTerms(
  scale: { readonly tensor: number; readonly one: number } | { readonly constants: Float32Array; readonly channels: number },
  columns: number,
  kind: keyof typeof LARGEST_DEPTH,
  node: string,
): TwoTerms {
  if (columns > LARGEST_DEPTH[kind]) {
    throw new RuntimeError('RUNTIME_RANGE', `an output sums ${columns} products of two terms, at most ${LARGEST_DEPTH[kind]} are possible.`, node);
  }
  const one = 'one' in scale ? scale.one : 2 ** SCALE_BITS;
  if (!(one >= 2 && one <= 2 ** 14)) {
    throw new RuntimeError('RUNTIME_RANGE', `two terms of ${columns} products in steps of 1 / ${one} do not fit 16 bits.`, node);
  }
  // As many fractional bits as leave room for the largest sum.
  const shiftFor = (largest: number): number => Math.max(0, 1 + Math.floor(Math.log2(((one + largest) * columns) / 2 ** 15)));
  if ('tensor' in scale) return { one, shift: shiftFor(factorLimit(one)), scale: scale.tensor };
  const factors = perChannel(scale.constants, scale.channels).map((value) => round(value * one));
  if (!factors.every((value) => value >= 0 && value < 2 ** 15))
    throw new RuntimeError('RUNTIME_RANGE', 'a factor of its second terms is not within 0 and 64.', node);
  return { one, shift: shiftFor(Math.max(...factors)), scale: Int16Array.from(factors) };
}

/** Fractional bits that an accumulator of two terms keeps. */
export const fractionOf = ({ one, shift }: TwoTerms): number => Math.log2(one) - shift;
