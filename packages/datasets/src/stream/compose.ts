/**
 * One continuous recording put together from clips and background noise, with the truth of what is said when.
 * Invariant: clips never overlap; the truth is in the order of time; the same input and seed give the same samples.
 */
import { Random } from '@bitvox/ternary-prng';
import { type Clip, toSample } from '../audio/clip.ts';
import { type Range, within } from '../augment/clip.ts';
import { amplitude, type NoiseSource, rootMeanSquare } from '../augment/noise.ts';
import { DatasetError } from '../errors.ts';

/** A clip with what is said in it. */
export interface LabelledClip {
  readonly clip: Clip;
  readonly label: string;
}

/** What to compose. */
export interface StreamRecipe {
  /** All of one sample rate; each is used once, in an order drawn from the seed. */
  readonly clips: readonly LabelledClip[];
  /** Bed of noise under the whole stream; none if left out. */
  readonly noise?: NoiseSource;
  /** Level of the clips over the bed in decibels, root mean square against root mean square (default 15). */
  readonly ratio?: number;
  /** Seconds between two clips, and before the first and after the last (default 0.5 to 2). */
  readonly gaps?: Range;
  /** Length of the whole in seconds; the gaps are then stretched or shrunk to fit. */
  readonly seconds?: number;
  readonly seed: number;
}

/** A stretch of the stream that holds a clip, in seconds. */
export interface StreamEvent {
  readonly label: string;
  readonly start: number;
  readonly end: number;
}

/** The stream and what is said in it. */
export interface ComposedStream {
  readonly clip: Clip;
  readonly truth: readonly StreamEvent[];
}

/** Ends of a clip are faded over this time, and noises into each other over `BED_FADE_SECONDS`, so that no cut can be heard. */
const CLIP_FADE_SECONDS = 0.01;
const BED_FADE_SECONDS = 0.5;
const BED_SEGMENT_SECONDS = 6;

/** Composes a stream. @throws DatasetError DATASET_EMPTY, DATASET_OPTION */
export function composeStream(recipe: StreamRecipe): ComposedStream {
  const random = new Random(recipe.seed, 'stream');
  const sampleRate = recipe.clips[0]?.clip.sampleRate;
  if (sampleRate === undefined) throw new DatasetError('DATASET_EMPTY', 'no clips for a stream');
  const rates = new Set([...recipe.clips.map(({ clip }) => clip.sampleRate), recipe.noise?.sampleRate ?? sampleRate]);
  if (rates.size > 1) throw new DatasetError('DATASET_OPTION', `sample rates ${[...rates].join(', ')} in one stream`);
  const clips = random.split('order').shuffle([...recipe.clips]);
  const gaps = drawGaps(recipe, clips, sampleRate, random.split('gaps'));
  const length = clips.reduce((sum, { clip }) => sum + clip.samples.length, 0) + gaps.reduce((sum, gap) => sum + gap, 0);
  const mixed = new Float64Array(length);
  const truth: StreamEvent[] = [];
  let position = 0;
  clips.forEach(({ clip, label }, index) => {
    position += gaps[index];
    addFaded(mixed, clip.samples, position, 1, Math.round(CLIP_FADE_SECONDS * sampleRate), { head: true, tail: true });
    truth.push({ label, start: position / sampleRate, end: (position + clip.samples.length) / sampleRate });
    position += clip.samples.length;
  });
  if (recipe.noise !== undefined) {
    const level = Math.sqrt(clips.reduce((sum, { clip }) => sum + rootMeanSquare(clip.samples) ** 2, 0) / clips.length);
    addBed(mixed, recipe.noise, level / amplitude(recipe.ratio ?? 15), random.split('bed'));
  }
  return { clip: { sampleRate, samples: Int16Array.from(mixed, toSample) }, truth };
}

/** Samples before each clip and after the last. */
function drawGaps(recipe: StreamRecipe, clips: readonly LabelledClip[], sampleRate: number, random: Random): number[] {
  const range = recipe.gaps ?? [0.5, 2];
  if (!(range[0] >= 0 && range[1] >= range[0])) throw new DatasetError('DATASET_OPTION', `gaps of ${range[0]} to ${range[1]} s`);
  const gaps = Array.from({ length: clips.length + 1 }, () => Math.round(within(range, random) * sampleRate));
  if (recipe.seconds === undefined) return gaps;
  const spoken = clips.reduce((sum, { clip }) => sum + clip.samples.length, 0);
  const left = Math.round(recipe.seconds * sampleRate) - spoken;
  if (!(left >= 0)) throw new DatasetError('DATASET_OPTION', `${recipe.seconds} s for ${(spoken / sampleRate).toFixed(1)} s of clips`);
  const drawn = gaps.reduce((sum, gap) => sum + gap, 0);
  const fitted = gaps.map((gap) => Math.floor(drawn === 0 ? left / gaps.length : (gap * left) / drawn));
  fitted[clips.length] += left - fitted.reduce((sum, gap) => sum + gap, 0);
  return fitted;
}

/** Segments of noise, all brought to one level, faded into each other. */
function addBed(mixed: Float64Array, noise: NoiseSource, level: number, random: Random): void {
  const fade = Math.round(BED_FADE_SECONDS * noise.sampleRate);
  const segmentLength = Math.round(BED_SEGMENT_SECONDS * noise.sampleRate);
  for (let start = 0; start < mixed.length; start += segmentLength - fade) {
    const segment = noise.segment(random, segmentLength).samples;
    const loudness = rootMeanSquare(segment);
    if (loudness > 0) addFaded(mixed, segment, start, level / loudness, fade, { head: start > 0, tail: true });
  }
}

function addFaded(mixed: Float64Array, samples: Int16Array, start: number, factor: number, fade: number, ends: { head: boolean; tail: boolean }): void {
  const count = Math.min(samples.length, mixed.length - start);
  for (let index = 0; index < count; index++) {
    const head = ends.head && index < fade ? (index + 0.5) / fade : 1;
    const left = samples.length - 1 - index;
    const tail = ends.tail && left < fade ? (left + 0.5) / fade : 1;
    mixed[start + index] += samples[index] * factor * Math.min(head, tail);
  }
}
