/**
 * Augmentation of audio: shift, gain, noise at a signal-to-noise ratio. Each step is a pure function; `augmentClip` draws their
 * parameters. Invariant: the same clip, options and stream give the same samples; sums saturate, they never wrap.
 */
import type { Random } from '@bitvox/ternary-prng';
import { type Clip, excerpt, toSample } from '../audio/clip.ts';
import { DatasetError } from '../errors.ts';
import { amplitude, type NoiseSource, rootMeanSquare } from './noise.ts';

/** A range to draw from, both ends included. */
export type Range = readonly [low: number, high: number];

/** What `augmentClip` does; what is left out is not done. */
export interface ClipAugmentation {
  /** Largest shift in samples, either way. */
  readonly shift?: number;
  /** Gain in decibels. */
  readonly gain?: Range;
  /** Background noise, mixed in with a probability (default 1) at a signal-to-noise ratio in decibels. */
  readonly noise?: { readonly source: NoiseSource; readonly ratio: Range; readonly probability?: number };
}

/** Moves the clip later (positive) or earlier by whole samples; the length stays, gaps are 0. */
export function shiftClip(clip: Clip, samples: number): Clip {
  return excerpt(clip, -samples, clip.samples.length);
}

/** Louder or softer by a number of decibels. */
export function scaleClip(clip: Clip, decibels: number): Clip {
  const factor = amplitude(decibels);
  return { sampleRate: clip.sampleRate, samples: clip.samples.map((sample) => toSample(sample * factor)) };
}

/**
 * Adds noise so that 20 log10(rms(clip) / rms(added noise)) is `ratio` decibels. To a silent clip the noise is added as it is.
 * @param noise as long as the clip or longer, of the same sample rate
 * @throws DatasetError DATASET_OPTION
 */
export function mixNoise(clip: Clip, noise: Clip, ratio: number): Clip {
  if (noise.sampleRate !== clip.sampleRate || noise.samples.length < clip.samples.length) {
    throw new DatasetError(
      'DATASET_OPTION',
      `noise of ${noise.samples.length} samples at ${noise.sampleRate} Hz for a clip of ${clip.samples.length} at ${clip.sampleRate} Hz`,
    );
  }
  const added = noise.samples.subarray(0, clip.samples.length);
  const noiseLevel = rootMeanSquare(added);
  const level = rootMeanSquare(clip.samples);
  const factor = noiseLevel === 0 ? 0 : level === 0 ? 1 : level / noiseLevel / amplitude(ratio);
  return { sampleRate: clip.sampleRate, samples: clip.samples.map((sample, index) => toSample(sample + added[index] * factor)) };
}

/** Shift, gain and noise with parameters drawn from `random`, in this order. */
export function augmentClip(clip: Clip, augmentation: ClipAugmentation, random: Random): Clip {
  let result = clip;
  if (augmentation.shift !== undefined && augmentation.shift > 0) {
    const most = Math.floor(augmentation.shift);
    result = shiftClip(result, random.below(2 * most + 1) - most);
  }
  if (augmentation.gain !== undefined) result = scaleClip(result, within(augmentation.gain, random));
  const noise = augmentation.noise;
  if (noise !== undefined && random.uniform() < (noise.probability ?? 1)) {
    result = mixNoise(result, noise.source.segment(random, result.samples.length), within(noise.ratio, random));
  }
  return result;
}

/** A number of the range, evenly. */
export function within(range: Range, random: Random): number {
  return range[0] + (range[1] - range[0]) * random.uniform();
}
