/**
 * Augmentation of spectrograms in place: time shift, SpecAugment masks of time and frequency (Park et al., arXiv:1904.08779),
 * cutout rectangles (DeVries and Taylor, arXiv:1708.04552), level and background noise.
 * Invariant: the same pixels, options and stream give the same pixels; the shape never changes.
 */
import type { Random } from '@bitvox/ternary-prng';
import { DatasetError } from '../errors.ts';
import type { Range } from './clip.ts';
import { within } from './clip.ts';
import { type LevelScale, levelTable, mixingTable, SPEC98X40_SCALE } from './level.ts';
import { type Spectrogram, spectrogramAt, type SpectrogramSet } from '../spectrogram/spectrogram.ts';

/** Rectangles to blank: how many, and the largest extent of each. The extent of each is drawn evenly from 0 to that. */
export interface Masks {
  readonly count: number;
  readonly longest: number;
}

/** What `augmentSpectrogram` does, in the order of the fields; what is left out is not done. */
export interface SpectrogramAugmentation {
  /** Largest shift in frames, either way; what is shifted in is 0. */
  readonly timeShift?: number;
  /** Change of level in decibels, drawn evenly from the range in steps of half a decibel. */
  readonly gain?: Range;
  /** Energy of another spectrogram added, with a probability, at a change of its level in decibels. */
  readonly noise?: { readonly set: SpectrogramSet; readonly probability: number; readonly gain: Range };
  readonly timeMasks?: Masks;
  readonly bandMasks?: Masks;
  /** Rectangles of up to `frames` × `bands`. */
  readonly cutout?: { readonly count: number; readonly frames: number; readonly bands: number };
  /** Value of masked pixels, 0 to 255 (default 0). */
  readonly fill?: number;
  /** How the pixels stand for energy (default the 98 × 40 convention). */
  readonly scale?: LevelScale;
}

/** Augments the picture in place. @throws DatasetError DATASET_OPTION */
export function augmentSpectrogram(picture: Spectrogram, augmentation: SpectrogramAugmentation, random: Random): void {
  const { frames, bands, pixels } = picture;
  const fill = augmentation.fill ?? 0;
  const scale = augmentation.scale ?? SPEC98X40_SCALE;
  if (augmentation.timeShift) {
    const most = Math.min(Math.floor(augmentation.timeShift), frames);
    shiftFrames(picture, random.below(2 * most + 1) - most);
  }
  if (augmentation.gain !== undefined) applyTable(pixels, levelTable(scale, halfDecibels(augmentation.gain, random)));
  if (augmentation.noise !== undefined && random.uniform() < augmentation.noise.probability) {
    const { set, gain } = augmentation.noise;
    if (set.frames !== frames || set.bands !== bands || set.count === 0) {
      throw new DatasetError('DATASET_OPTION', `noise of ${set.count} pictures of ${set.frames} × ${set.bands} for a picture of ${frames} × ${bands}`);
    }
    addEnergy(pixels, spectrogramAt(set, random.below(set.count)).pixels, levelTable(scale, halfDecibels(gain, random)), mixingTable(scale));
  }
  for (let mask = 0; mask < (augmentation.timeMasks?.count ?? 0); mask++) {
    const [from, length] = span(frames, augmentation.timeMasks!.longest, random);
    blank(picture, from, length, 0, bands, fill);
  }
  for (let mask = 0; mask < (augmentation.bandMasks?.count ?? 0); mask++) {
    const [from, length] = span(bands, augmentation.bandMasks!.longest, random);
    blank(picture, 0, frames, from, length, fill);
  }
  for (let mask = 0; mask < (augmentation.cutout?.count ?? 0); mask++) {
    const [frame, frameCount] = span(frames, augmentation.cutout!.frames, random);
    const [band, bandCount] = span(bands, augmentation.cutout!.bands, random);
    blank(picture, frame, frameCount, band, bandCount, fill);
  }
}

/** Moves the picture later (positive) or earlier by whole frames; gaps are 0. */
export function shiftFrames({ frames, bands, pixels }: Spectrogram, shift: number): void {
  const moved = Math.max(-frames, Math.min(frames, shift)) * bands;
  if (moved > 0) {
    pixels.copyWithin(moved, 0, frames * bands - moved);
    pixels.fill(0, 0, moved);
  } else if (moved < 0) {
    pixels.copyWithin(0, -moved);
    pixels.fill(0, frames * bands + moved);
  }
}

/** Sets a rectangle of the picture to one value. */
export function blank({ bands, pixels }: Spectrogram, frame: number, frameCount: number, band: number, bandCount: number, fill: number): void {
  for (let row = frame; row < frame + frameCount; row++) pixels.fill(fill, row * bands + band, row * bands + band + bandCount);
}

function applyTable(pixels: Uint8Array, table: Uint8Array): void {
  for (let index = 0; index < pixels.length; index++) pixels[index] = table[pixels[index]];
}

function addEnergy(pixels: Uint8Array, noise: Uint8Array, level: Uint8Array, mixing: Uint8Array): void {
  for (let index = 0; index < pixels.length; index++) pixels[index] = mixing[(pixels[index] << 8) | level[noise[index]]];
}

/** Half decibels keep the number of different tables small. */
function halfDecibels(range: Range, random: Random): number {
  return Math.round(within(range, random) * 2) / 2;
}

/** Start and length of a mask: the length evenly from 0 to `longest`, the place evenly among those where it fits. */
function span(extent: number, longest: number, random: Random): [number, number] {
  const length = random.below(Math.min(Math.max(0, Math.floor(longest)), extent) + 1);
  return [random.below(extent - length + 1), length];
}
