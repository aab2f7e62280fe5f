/**
 * What becomes of accumulators z[channel][frame]: the types of epilogues, and their readable reference, one value at a time.
 *
 *     threshold:  bit = z·direction >= threshold
 *     value:      v = then(saturate16(activation(saturate16(requantize(z))) + residual)), stored as i16, i8, bits
 *     float:      y = then(activation(z·multiplier + offset) + residual), every operation rounded to f32, stored as f32, bits
 *
 * Invariant: integer epilogues are exact; every implementation gives the same bits.
 */

/** Type of accumulators. */
export type EpilogueSource = 'i8' | 'i16' | 'i32' | 'f32';
/**
 * 1-bit outputs. As bytes: `bit` is 0 or 1, the form that kernels read, `sign` is −1 or +1 (so that padded frames can be 0). `packed` is
 * the form on disk: bit `t % 8` of byte `t >> 3` of a channel's row, an eighth of the memory, for what is kept or sent.
 */
export type BitFormat = 'bit' | 'sign' | 'packed';

/**
 * Accumulator → integer per channel: `floor((z·multiplier + offset) / 2^shift)`; `offset` includes the rounding term.
 * `narrow`: |z| and |multiplier| below 2^15, every intermediate within 32 bits. `wide`: |multiplier| < 2^23,
 * |z·multiplier + offset| < 2^52, result within 32 bits. Shifts are 0 to 31.
 */
export interface ExactRequantization {
  readonly arithmetic: 'narrow' | 'wide';
  readonly multipliers: Int32Array;
  /** Integers. */
  readonly offsets: Float64Array;
  readonly shifts: Uint8Array;
}

/**
 * The same in 16 bits, less than half the work: `saturate16(((y·multiplier + 2^14) >> 15) + offset)` with y = z·2^scale, for
 * negative scales saturate16(floor(z·2^scale)). |z·2^scale| < 2^15 where the scale is positive; multipliers are not −32768.
 */
export interface Q15Requantization {
  readonly arithmetic: 'q15';
  readonly scale: number;
  readonly multipliers: Int16Array;
  readonly offsets: Int16Array;
}

export type Requantization = ExactRequantization | Q15Requantization;

/** Slopes by channel: for integers in Q14, `v >= 0 ? v : saturate16((v·slope + 2^13) >> 14)`, of 16 bits; floats for floats. */
export type Activation = { readonly kind: 'none' } | { readonly kind: 'relu' } | { readonly kind: 'prelu'; readonly slopes: Int16Array | Float32Array };

/** Bits straight from accumulators. Thresholds lie within 30 bits, |z| below 2^30; directions are +1 or −1. */
export interface ThresholdEpilogue {
  readonly kind: 'threshold';
  readonly thresholds: Int32Array;
  readonly directions: Int8Array;
  readonly outputs: readonly { readonly format: BitFormat }[];
}

/** A threshold per channel on a 16-bit value: the bit is `(v ^ flip) >= limit`; flips are 0 or −1. */
export interface Comparison {
  readonly limits: Int16Array;
  readonly flips: Int8Array;
}

/** An output of 16-bit values: as they are, `saturate8((v + 2^(shift − 1)) >> shift)`, or the sign, or by comparison. */
export type ValueOutput =
  | { readonly format: 'i16' }
  | { readonly format: 'i8'; readonly shift: number }
  | { readonly format: BitFormat; readonly comparison?: Comparison };

/** 16-bit values. */
export interface ValueEpilogue {
  readonly kind: 'value';
  /** `null` takes z as it is. */
  readonly requantization: Requantization | null;
  readonly activation: Activation;
  /** Whether 16-bit values are added. */
  readonly residual: boolean;
  readonly then: Activation;
  readonly outputs: readonly ValueOutput[];
}

/** Float values; a bit is 1 where the value is >= 0. */
export interface FloatEpilogue {
  readonly kind: 'float';
  readonly affine: { readonly multipliers: Float32Array; readonly offsets: Float32Array } | null;
  readonly activation: Activation;
  /** Whether f32 values are added. */
  readonly residual: boolean;
  readonly then: Activation;
  readonly outputs: readonly { readonly format: 'f32' | BitFormat }[];
}

export type Epilogue = ThresholdEpilogue | ValueEpilogue | FloatEpilogue;

const saturate8 = (value: number): number => Math.max(-128, Math.min(127, value));
const saturate16 = (value: number): number => Math.max(-32_768, Math.min(32_767, value));

function requantize(z: number, requantization: Requantization, channel: number): number {
  const multiplier = requantization.multipliers[channel]!;
  const offset = requantization.offsets[channel]!;
  // Doubles are exact here: every intermediate is below 2^53.
  if (requantization.arithmetic !== 'q15') return Math.floor((z * multiplier + offset) / 2 ** requantization.shifts[channel]!);
  const scaled = saturate16(Math.floor(z * 2 ** requantization.scale));
  return ((scaled * multiplier + 2 ** 14) >> 15) + offset;
}

function activateInteger(value: number, activation: Activation, channel: number): number {
  if (value >= 0 || activation.kind === 'none') return value;
  return activation.kind === 'relu' ? 0 : saturate16((value * activation.slopes[channel]! + 2 ** 13) >> 14);
}

function activateFloat(value: number, activation: Activation, channel: number): number {
  if (!(value < 0) || activation.kind === 'none') return value;
  return activation.kind === 'relu' ? 0 : Math.fround(value * activation.slopes[channel]!);
}

/** The 16-bit value of an element. */
function finishValue({ requantization, activation, then }: ValueEpilogue, z: number, channel: number, residual: number): number {
  const value = saturate16(requantization === null ? z : requantize(z, requantization, channel));
  return activateInteger(saturate16(activateInteger(value, activation, channel) + residual), then, channel);
}

/** The f32 value of an element. */
function finishFloat({ affine, activation, residual: adds, then }: FloatEpilogue, z: number, channel: number, residual: number): number {
  const number = Math.fround(z);
  const mapped = affine === null ? number : Math.fround(Math.fround(number * affine.multipliers[channel]!) + affine.offsets[channel]!);
  const value = activateFloat(mapped, activation, channel);
  return activateFloat(adds ? Math.fround(value + residual) : value, then, channel);
}

const bitOf = (positive: boolean, format: BitFormat): number => (positive ? 1 : format === 'sign' ? -1 : 0);

function storeValue(value: number, output: ValueOutput, channel: number): number {
  if (output.format === 'i16') return value;
  if (output.format === 'i8') return saturate8(output.shift === 0 ? value : (value + 2 ** (output.shift - 1)) >> output.shift);
  const { comparison } = output;
  return bitOf(comparison === undefined ? value >= 0 : (value ^ comparison.flips[channel]!) >= comparison.limits[channel]!, output.format);
}

/**
 * What every output stores of one element, in the order of the outputs.
 * @param z the accumulator @param residual what is added; 0 where the epilogue adds nothing
 */
export function finishElement(epilogue: Epilogue, z: number, channel: number, residual = 0): number[] {
  if (epilogue.kind === 'threshold') {
    const positive = z * epilogue.directions[channel]! >= epilogue.thresholds[channel]!;
    return epilogue.outputs.map(({ format }) => bitOf(positive, format));
  }
  if (epilogue.kind === 'value') {
    const value = finishValue(epilogue, z, channel, residual);
    return epilogue.outputs.map((output) => storeValue(value, output, channel));
  }
  const value = finishFloat(epilogue, z, channel, residual);
  return epilogue.outputs.map(({ format }) => (format === 'f32' ? value : bitOf(value >= 0, format)));
}
