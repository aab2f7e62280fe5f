import { Random } from '@bitvox/ternary-prng';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Clip } from '../audio/clip.ts';
import { augmentClip, mixNoise, scaleClip, shiftClip } from './clip.ts';
import { NoiseSource, rootMeanSquare } from './noise.ts';

const tone = (length: number, peak: number, step = 0.3): Clip => ({
  sampleRate: 16000,
  samples: Int16Array.from({ length }, (_, index) => Math.round(peak * Math.sin(index * step))),
});
const hiss = (seed: number, length: number): Clip => {
  const random = new Random(seed);
  return { sampleRate: 16000, samples: Int16Array.from({ length }, () => random.normal() * 1000) };
};

test('a shift moves samples and fills with zeros', () => {
  const clip = { sampleRate: 8000, samples: Int16Array.of(1, 2, 3, 4) };
  expect([2, -1, 0, 9].map((by) => [...shiftClip(clip, by).samples])).toEqual([
    [0, 0, 1, 2],
    [2, 3, 4, 0],
    [1, 2, 3, 4],
    [0, 0, 0, 0],
  ]);
});

test('a gain is in decibels and saturates', () => {
  expect([...scaleClip({ sampleRate: 8000, samples: Int16Array.of(1000, -1000, 30000, -30000) }, 20 * Math.log10(2)).samples]).toEqual([
    2000, -2000, 32767, -32768,
  ]);
});

describe('noise', () => {
  test('is mixed at the ratio asked for', () => {
    fc.assert(
      fc.property(fc.double({ min: -10, max: 30, noNaN: true }), fc.integer(), (ratio, seed) => {
        const clip = tone(4000, 3000);
        const mixed = mixNoise(clip, hiss(seed, 5000), ratio);
        const added = mixed.samples.map((sample, index) => sample - clip.samples[index]);
        expect(Math.abs(20 * Math.log10(rootMeanSquare(clip.samples) / rootMeanSquare(added)) - ratio)).toBeLessThan(0.1);
      }),
    );
  });

  test('stays as it is beside silence, and silence adds nothing', () => {
    const noise = hiss(1, 100);
    const silence = { sampleRate: 16000, samples: new Int16Array(100) };
    expect(mixNoise(silence, noise, 10)).toEqual(noise);
    expect(mixNoise(noise, silence, 10)).toEqual(noise);
    expect(() => mixNoise(noise, { ...silence, sampleRate: 8000 }, 10)).toThrow(expect.objectContaining({ code: 'DATASET_OPTION' }));
    expect(() => mixNoise(noise, hiss(1, 99), 10)).toThrow(expect.objectContaining({ code: 'DATASET_OPTION' }));
  });

  test('is cut from every recording, in proportion to its length', () => {
    const constant = (value: number, length: number): Clip => ({ sampleRate: 16000, samples: new Int16Array(length).fill(value) });
    const source = new NoiseSource([constant(1, 3000), constant(9, 0), constant(2, 1000)]);
    const random = new Random(5);
    const drawn = Array.from({ length: 2000 }, () => source.segment(random, 500).samples);
    expect(drawn.every((samples) => samples.length === 500 && samples.every((sample) => sample === samples[0]))).toBe(true);
    expect(Math.abs(drawn.filter((samples) => samples[0] === 1).length - 1500)).toBeLessThan(100);
    expect(new NoiseSource([constant(3, 10)]).segment(random, 25)).toEqual(constant(3, 25));
  });

  test('without samples or of several rates is refused', () => {
    expect(() => new NoiseSource([])).toThrow(expect.objectContaining({ code: 'DATASET_EMPTY' }));
    expect(() => new NoiseSource([hiss(1, 9), { ...hiss(1, 9), sampleRate: 8000 }])).toThrow(expect.objectContaining({ code: 'DATASET_OPTION' }));
  });
});

test('augmentation is a function of the stream and leaves the clip alone', () => {
  const source = new NoiseSource([hiss(2, 20_000)]);
  fc.assert(
    fc.property(fc.maxSafeInteger(), (seed) => {
      const clip = tone(2000, 5000);
      const before = clip.samples.slice();
      const augmentation = { shift: 300, gain: [-6, 6], noise: { source, ratio: [0, 20], probability: 0.5 } } as const;
      const first = augmentClip(clip, augmentation, new Random(seed));
      expect(augmentClip(clip, augmentation, new Random(seed))).toEqual(first);
      expect(first.samples.length).toBe(2000);
      expect(augmentClip(clip, augmentation, new Random(seed, 'other'))).not.toEqual(first);
      expect(augmentClip(clip, {}, new Random(seed))).toEqual(clip);
      expect(clip.samples).toEqual(before);
    }),
    { numRuns: 20 },
  );
});
