import { Random } from '@bitvox/ternary-prng';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Spectrogram, SpectrogramSet } from '../spectrogram/spectrogram.ts';
import { levelTable, mixingTable, SPEC98X40_SCALE } from './level.ts';
import { augmentSpectrogram, shiftFrames, type SpectrogramAugmentation } from './spectrogram.ts';

const FRAMES = 98;
const BANDS = 40;
const picture = (seed = 1): Spectrogram => {
  const random = new Random(seed);
  return { frames: FRAMES, bands: BANDS, pixels: Uint8Array.from({ length: FRAMES * BANDS }, () => 1 + random.below(255)) };
};
const noiseSet: SpectrogramSet = {
  labelNames: ['silence'],
  count: 2,
  frames: FRAMES,
  bands: BANDS,
  labels: new Uint8Array(2),
  pixels: Uint8Array.of(...picture(7).pixels, ...picture(8).pixels),
};
const everything: SpectrogramAugmentation = {
  timeShift: 10,
  gain: [-10, 10],
  noise: { set: noiseSet, probability: 0.5, gain: [-20, 0] },
  timeMasks: { count: 2, longest: 20 },
  bandMasks: { count: 2, longest: 8 },
  cutout: { count: 3, frames: 20, bands: 10 },
};

function augmented(augmentation: SpectrogramAugmentation, seed: number): Spectrogram {
  const result = picture();
  augmentSpectrogram(result, augmentation, new Random(seed));
  return result;
}

test('is a function of the pixels, the options and the stream', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (seed) => {
      expect(augmented(everything, seed)).toEqual(augmented(everything, seed));
      expect(augmented({}, seed)).toEqual(picture());
    }),
    { numRuns: 20 },
  );
  expect(augmented(everything, 1)).not.toEqual(augmented(everything, 2));
});

test('a shift moves whole frames and fills with 0, whichever way and however far', () => {
  fc.assert(
    fc.property(fc.integer({ min: -120, max: 120 }), (shift) => {
      const shifted = picture();
      shiftFrames(shifted, shift);
      const original = picture();
      for (let frame = 0; frame < FRAMES; frame++) {
        const source = frame - shift;
        const row = shifted.pixels.subarray(frame * BANDS, (frame + 1) * BANDS);
        const wanted = source >= 0 && source < FRAMES ? original.pixels.subarray(source * BANDS, (source + 1) * BANDS) : new Uint8Array(BANDS);
        expect(row).toEqual(wanted);
      }
    }),
  );
});

describe('masks', () => {
  const masked = ({ pixels }: Spectrogram, frame: number, band: number): boolean => pixels[frame * BANDS + band] === 0;
  const frames = Array.from({ length: FRAMES }, (_, frame) => frame);
  const bands = Array.from({ length: BANDS }, (_, band) => band);

  test('of time blank whole frames, of frequency whole bands, never more than asked for', () => {
    const seen = { frames: 0, bands: 0 };
    for (let seed = 0; seed < 200; seed++) {
      const inTime = augmented({ timeMasks: { count: 1, longest: 12 } }, seed);
      const hitFrames = frames.filter((frame) => masked(inTime, frame, 0));
      expect(frames.filter((frame) => bands.every((band) => masked(inTime, frame, band)))).toEqual(hitFrames);
      expect(hitFrames.length === 0 || hitFrames.at(-1)! - hitFrames[0] + 1 === hitFrames.length).toBe(true);
      const inBands = augmented({ bandMasks: { count: 2, longest: 5 } }, seed);
      const hitBands = bands.filter((band) => masked(inBands, 0, band));
      expect(bands.filter((band) => frames.every((frame) => masked(inBands, frame, band)))).toEqual(hitBands);
      seen.frames = Math.max(seen.frames, hitFrames.length);
      seen.bands = Math.max(seen.bands, hitBands.length);
    }
    expect(seen).toEqual({ frames: 12, bands: 10 });
  });

  test('cut out rectangles of the fill value', () => {
    const cut = augmented({ cutout: { count: 1, frames: 30, bands: 15 }, fill: 0 }, 3);
    const hit = frames.flatMap((frame) => bands.filter((band) => masked(cut, frame, band)).map((band) => [frame, band]));
    const height = new Set(hit.map(([frame]) => frame)).size;
    const width = new Set(hit.map(([, band]) => band)).size;
    expect([hit.length, height <= 30, width <= 15]).toEqual([height * width, true, true]);
    expect(augmented({ timeMasks: { count: 1, longest: 1e9 }, fill: 77 }, 9).pixels).toContain(77);
  });

  test('longer than the picture fit it', () => {
    for (let seed = 0; seed < 50; seed++)
      expect(augmented({ timeMasks: { count: 1, longest: 1e6 }, bandMasks: { count: 1, longest: 1e6 }, timeShift: 1e6 }, seed).pixels.length).toBe(
        FRAMES * BANDS,
      );
  });
});

describe('level and noise', () => {
  const scale = SPEC98X40_SCALE;
  const pixelOf = (magnitude: number): number => Math.max(0, Math.min(255, Math.round(scale.multiplier * Math.log(1 + 0.0728 * magnitude) - scale.offset)));

  test('a gain in the picture is a gain of the sound, to a level', () => {
    for (const decibels of [-12, -3, 0, 6]) {
      const table = levelTable(scale, decibels);
      for (let magnitude = 20; magnitude < 4e6; magnitude *= 1.1) {
        const louder = pixelOf(magnitude * 10 ** (decibels / 20));
        const isCut = pixelOf(magnitude) === 255 || louder === 0;
        expect(isCut ? 0 : Math.abs(table[pixelOf(magnitude)] - louder)).toBeLessThanOrEqual(2);
      }
      expect(table[0]).toBe(0);
    }
    expect(levelTable(scale, 0)).toEqual(Uint8Array.from({ length: 256 }, (_, pixel) => pixel));
    expect(() => levelTable(scale, Number.NaN)).toThrow(expect.objectContaining({ code: 'DATASET_OPTION' }));
  });

  test('two sounds add their energies', () => {
    const mixing = mixingTable(scale);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 255 }), fc.integer({ min: 0, max: 255 }), (first, second) => {
        const sum = mixing[(first << 8) | second];
        expect(sum).toBe(mixing[(second << 8) | first]);
        expect(sum).toBeGreaterThanOrEqual(Math.max(first, second));
        expect(sum).toBeLessThanOrEqual(Math.max(first, second) + Math.ceil((scale.multiplier * Math.log(2)) / 2));
      }),
    );
    expect(mixing[(120 << 8) | 120]).toBe(127);
  });

  test('noise only ever adds, and must have the shape of the picture', () => {
    const noisy = augmented({ noise: { set: noiseSet, probability: 1, gain: [0, 0] } }, 4);
    const clean = picture();
    expect(noisy.pixels.every((pixel, index) => pixel >= clean.pixels[index])).toBe(true);
    expect(augmented({ noise: { set: noiseSet, probability: 0, gain: [0, 0] } }, 4)).toEqual(clean);
    for (const wrong of [
      { ...noiseSet, count: 0 },
      { ...noiseSet, bands: 20 },
    ]) {
      expect(() => augmented({ noise: { set: wrong, probability: 1, gain: [0, 0] } }, 4)).toThrow(expect.objectContaining({ code: 'DATASET_OPTION' }));
    }
  });
});
