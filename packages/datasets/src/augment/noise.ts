/** Background noise: long recordings from which segments are cut at random, each recording as likely as it is long. */
import type { Random } from '@bitvox/ternary-prng';
import { type Clip, excerpt } from '../audio/clip.ts';
import { DatasetError } from '../errors.ts';

/** Recordings of one sample rate to cut noise from. */
export class NoiseSource {
  readonly sampleRate: number;
  readonly clips: readonly Clip[];
  readonly #total: number;

  /** @throws DatasetError DATASET_EMPTY without samples, DATASET_OPTION for several sample rates */
  constructor(clips: readonly Clip[]) {
    this.clips = clips.filter((clip) => clip.samples.length > 0);
    if (this.clips.length === 0) throw new DatasetError('DATASET_EMPTY', `${clips.length} noise recordings without a sample`);
    this.sampleRate = this.clips[0].sampleRate;
    const other = this.clips.find((clip) => clip.sampleRate !== this.sampleRate);
    if (other !== undefined) throw new DatasetError('DATASET_OPTION', `noise at ${this.sampleRate} Hz and at ${other.sampleRate} Hz`);
    this.#total = this.clips.reduce((sum, clip) => sum + clip.samples.length, 0);
  }

  /** `length` samples from a random place of a random recording; a recording that is shorter is repeated. */
  segment(random: Random, length: number): Clip {
    let place = random.below(this.#total);
    const clip = this.clips.find((candidate) => {
      if (place < candidate.samples.length) return true;
      place -= candidate.samples.length;
      return false;
    })!;
    if (clip.samples.length >= length) return excerpt(clip, random.below(clip.samples.length - length + 1), length);
    const samples = new Int16Array(length);
    for (let index = 0; index < length; index++) samples[index] = clip.samples[(place + index) % clip.samples.length];
    return { sampleRate: clip.sampleRate, samples };
  }
}

/** Root of the mean square of samples, 0 for none. */
export function rootMeanSquare(samples: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < samples.length; index++) sum += samples[index] * samples[index];
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length);
}

/** Amplitude factor of a level in decibels. */
export function amplitude(decibels: number): number {
  return 10 ** (decibels / 20);
}
