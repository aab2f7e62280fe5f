/**
 * A clip: 16-bit mono samples at a rate. Every decoder ends here, every front end starts here.
 * Conversion to 16 bits is one rule everywhere: v = floor(x * 32768 + 1/2) for x in [-1, 1), then saturation to [-32768, 32767].
 */
import { DatasetError } from '../errors.ts';

/** Mono audio. `samples` holds 16-bit values (full scale 32768), `sampleRate` is in Hz. */
export interface Clip {
  readonly sampleRate: number;
  readonly samples: Int16Array;
}

/** Limits and choices of the decoders. */
export interface DecodeOptions {
  /** Longest recording accepted, in seconds (default 600); checked before memory is taken. */
  readonly maxSeconds?: number;
  /** What becomes of several channels: their mean (`'mix'`, default) or one of them, counted from 0. */
  readonly channel?: 'mix' | number;
}

/** Rounds half up and saturates to the 16-bit range; NaN counts as 0. */
export function toSample(value: number): number {
  const rounded = Math.floor(value + 0.5);
  return rounded >= 32767 ? 32767 : rounded <= -32768 ? -32768 : rounded || 0;
}

/**
 * One channel out of several, as 16-bit samples.
 *
 * @param channels values of every channel, [channel][time]
 * @param scale full scale of the values: 1 for float, 2^(bits - 1) for integers
 * @throws DatasetError DATASET_OPTION where the channel asked for does not exist
 */
export function toMono(channels: readonly ArrayLike<number>[], scale: number, channel: 'mix' | number = 'mix'): Int16Array {
  const chosen = channel === 'mix' ? channels : [channels[channel]];
  if (chosen.length === 0 || chosen[0] === undefined) throw new DatasetError('DATASET_OPTION', `channel ${channel} of ${channels.length}`);
  const factor = 32768 / scale / chosen.length;
  const samples = new Int16Array(chosen[0].length);
  for (let time = 0; time < samples.length; time++) {
    let sum = 0;
    for (const values of chosen) sum += values[time];
    samples[time] = toSample(sum * factor);
  }
  return samples;
}

/** The most samples a channel may have. @throws DatasetError DATASET_OPTION for a limit that is no positive number */
export function sampleLimit(sampleRate: number, options: DecodeOptions): number {
  const seconds = options.maxSeconds ?? 600;
  if (!(seconds > 0)) throw new DatasetError('DATASET_OPTION', `maxSeconds ${seconds}`);
  return Math.ceil(seconds * sampleRate);
}

/** Length of a clip in seconds. */
export function duration(clip: Clip): number {
  return clip.samples.length / clip.sampleRate;
}

/** Exactly `length` samples from `start` (may be negative); what lies outside the clip is 0. Always a copy. */
export function excerpt(clip: Clip, start: number, length: number): Clip {
  const samples = new Int16Array(length);
  const from = Math.max(0, start);
  const to = Math.min(clip.samples.length, start + length);
  if (to > from) samples.set(clip.samples.subarray(from, to), from - start);
  return { sampleRate: clip.sampleRate, samples };
}
