/**
 * Choosing integers for an affine map: `value = z * gain + offset` in output steps becomes `floor((z * M + O) / 2^s)`.
 * The largest shift is taken for which every bound of the arithmetic holds, so the multiplier keeps all the digits there are room for.
 */
import { RuntimeError } from '../errors.ts';
import type { Comparison, Requantization } from '../program.ts';

/** Largest accumulator that counts as 16-bit: one less than the type holds, so that "always" and "never" are thresholds. */
export const NARROW_BOUND = 32_766;
/** Magnitude of accumulators that saturate at 16 bits, and of stored values. */
export const SATURATED_BOUND = 32_768;
/** Largest accumulator at all. */
export const WIDE_BOUND = 2 ** 29 - 1;
const MAXIMUM_SHIFT = 31;

/** Multiplier, offset and shift of one channel. */
interface ChannelRequantization {
  readonly multiplier: number;
  readonly offset: number;
  readonly shift: number;
}

/** Rounds half up, the rounding of every constant of a program. */
export const round = (value: number): number => Math.floor(value + 0.5);
/** Saturates to 16 bits. */
export const saturate16 = (value: number): number => Math.max(-32_768, Math.min(32_767, value));

function chooseChannel(gain: number, offset: number, bound: number, narrow: boolean, largest = MAXIMUM_SHIFT): ChannelRequantization | undefined {
  for (let shift = largest; shift >= 0; shift--) {
    const multiplier = round(gain * 2 ** shift);
    const total = round(offset * 2 ** shift) + (shift === 0 ? 0 : 2 ** (shift - 1));
    const magnitude = Math.abs(multiplier) * bound + Math.abs(total);
    const fits = narrow
      ? Math.abs(multiplier) < 2 ** 15 && magnitude < 2 ** 31
      : Math.abs(multiplier) < 2 ** 23 && magnitude < 2 ** 52 && magnitude / 2 ** shift < 2 ** 31 - 1;
    if (fits) return { multiplier, offset: total, shift };
  }
  return undefined;
}

/** A shift that keeps enough digits for every channel: rounding a multiplier moves accumulators up to 2^11 by less than one output step. */
const SUFFICIENT_SHIFT = 10;

/**
 * Requantisation of a layer.
 * @param gains output steps per unit of the accumulator, by channel
 * @param offsets in output steps, by channel
 * @param bound largest magnitude of the accumulator
 * @param alike one shift for all channels, which is faster, where enough digits are left
 * @throws RuntimeError `RUNTIME_RANGE` naming node and channel
 */
export function chooseRequantization(gains: Float64Array, offsets: Float64Array, bound: number, node: string, alike = false): Requantization {
  const choose = (narrow: boolean): (ChannelRequantization | undefined)[] =>
    Array.from(gains, (gain, channel) => chooseChannel(gain, offsets[channel]!, bound, narrow));
  let arithmetic: Requantization['arithmetic'] = 'narrow';
  let channels = bound <= SATURATED_BOUND ? choose(true) : [undefined];
  if (channels.includes(undefined)) {
    arithmetic = 'wide';
    channels = choose(false);
  }
  const failed = channels.indexOf(undefined);
  if (failed >= 0) {
    throw new RuntimeError(
      'RUNTIME_RANGE',
      `channel ${failed} multiplies its accumulator (up to ${bound}) by ${gains[failed]} and adds ${offsets[failed]} output steps, more than 32 bits hold.`,
      node,
    );
  }
  const smallest = Math.min(...(channels as ChannelRequantization[]).map(({ shift }) => shift));
  if (alike && arithmetic === 'narrow' && smallest >= SUFFICIENT_SHIFT)
    channels = Array.from(gains, (gain, channel) => chooseChannel(gain, offsets[channel]!, bound, true, smallest));
  const chosen = channels as ChannelRequantization[];
  return {
    arithmetic,
    multipliers: Int32Array.from(chosen, (channel) => channel.multiplier),
    offsets: Float64Array.from(chosen, (channel) => channel.offset),
    shifts: Uint8Array.from(chosen, (channel) => channel.shift),
  };
}

/** Thresholds and directions of one layer. */
export interface Thresholds {
  readonly thresholds: Int32Array;
  readonly directions: Int8Array;
}

const ALWAYS = -(2 ** 30 - 1);
const NEVER = 2 ** 30 - 1;

/** The integer test that says whether `z * gain + offset >= 0`: `z * direction >= threshold`. */
export function chooseThresholds(gains: Float64Array, offsets: Float64Array, node: string): Thresholds {
  const thresholds = new Int32Array(gains.length);
  const directions = new Int8Array(gains.length).fill(1);
  gains.forEach((gain, channel) => {
    const offset = offsets[channel]!;
    if (!Number.isFinite(gain) || !Number.isFinite(offset)) throw new RuntimeError('RUNTIME_RANGE', `channel ${channel} computes ${gain} z + ${offset}.`, node);
    if (gain === 0) {
      thresholds[channel] = offset >= 0 ? ALWAYS : NEVER;
      return;
    }
    directions[channel] = gain > 0 ? 1 : -1;
    thresholds[channel] = Math.max(ALWAYS, Math.min(NEVER, Math.ceil(-offset / Math.abs(gain))));
  });
  return { thresholds, directions };
}

/** The same test on 16-bit values. */
export function chooseComparison(gains: Float64Array, offsets: Float64Array, node: string): Comparison {
  const { thresholds, directions } = chooseThresholds(gains, offsets, node);
  // -v >= t is ~v >= t - 1, since ~v = -v - 1.
  const limits = Int16Array.from(thresholds, (threshold, channel) => saturate16(directions[channel] === 1 ? threshold : threshold - 1));
  return { limits, flips: directions.map((direction) => (direction === 1 ? 0 : -1)) };
}
