/** Epilogues, one value at a time: the definition of requantisation, activations, sums and stores. */
import { saturate16 } from '../lower/requantize.ts';
import type { Activation, FloatEpilogue, ProgramTensor, Requantization, Split, ThresholdEpilogue, ValueEpilogue, ValueOutput } from '../program.ts';

/** Saturates to 8 bits. */
export const saturate8 = (value: number): number => Math.max(-128, Math.min(127, value));

/** `floor((z * multiplier + offset) / 2^shift)`; every intermediate is below 2^53, so doubles are exact. */
export function requantize(accumulator: number, { multipliers, offsets, shifts }: Requantization, channel: number): number {
  return Math.floor((accumulator * multipliers[channel]! + offsets[channel]!) / 2 ** shifts[channel]!);
}

/** An activation on 16-bit integers. */
export function activateInteger(value: number, activation: Activation): number {
  if (value >= 0 || activation.kind === 'none') return value;
  return activation.kind === 'relu' ? 0 : saturate16((value * activation.slope + 2 ** 13) >> 14);
}

/** The 16-bit value of an output element. */
export function finishValue(epilogue: ValueEpilogue, accumulator: number, channel: number, residual: number): number {
  const { requantization } = epilogue;
  const value = saturate16(requantization === null ? accumulator : requantize(accumulator, requantization, channel));
  return activateInteger(saturate16(activateInteger(value, epilogue.activation) + residual), epilogue.then);
}

/** What an output tensor stores of a 16-bit value. */
export function storeValue(value: number, { shift, comparison }: ValueOutput, { format }: ProgramTensor, channel: number): number {
  if (format === 'i16') return value;
  if (format === 'i8') return saturate8(shift === 0 ? value : (value + 2 ** (shift - 1)) >> shift);
  return storeSign(comparison === null ? value >= 0 : (value ^ comparison.flips[channel]!) >= comparison.limits[channel]!, format);
}

/** The two terms of a value, and what they leave: `|r|`. */
export function splitValue(
  value: number,
  { limits, offsets, span }: Split,
  channel: number,
): { readonly signs: readonly [number, number]; readonly rest: number } {
  const isFirst = value >= limits[channel]!;
  const rest = saturate16(saturate16(value - offsets[channel]!) + (isFirst ? 0 : span));
  return { signs: [isFirst ? 1 : -1, rest >= 0 ? 1 : -1], rest: Math.abs(rest) };
}

/** The factor of the second terms of a frame of `channels` channels; `sum` is that of `|r| >> dropped`. */
export function factorOf(sum: number, { dropped, limit }: Split, channels: number): number {
  return Math.min(limit, Math.floor((Math.min(65_535, sum) * 2 ** dropped + Math.floor(channels * 2 ** (dropped - 1))) / channels));
}

/** What a 1-bit tensor stores. */
export function storeSign(positive: boolean, format: ProgramTensor['format']): number {
  if (positive) return 1;
  return format === 'sign' ? -1 : 0;
}

/** Whether the sign of an output element is +1. */
export function finishThreshold({ thresholds, directions }: ThresholdEpilogue, accumulator: number, channel: number): boolean {
  return accumulator * directions[channel]! >= thresholds[channel]!;
}

function activateFloat(value: number, activation: Activation): number {
  if (!(value < 0) || activation.kind === 'none') return value;
  return activation.kind === 'relu' ? 0 : Math.fround(value * activation.slope);
}

/** The f32 value of an output element. */
export function finishFloat({ affine, activation, then }: FloatEpilogue, accumulator: number, channel: number, residual: number | null): number {
  const mapped = affine === null ? accumulator : Math.fround(Math.fround(accumulator * affine.multipliers[channel]!) + affine.offsets[channel]!);
  const value = activateFloat(mapped, activation);
  return residual === null ? value : activateFloat(Math.fround(value + residual), then);
}
