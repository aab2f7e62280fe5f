import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NoiseSource, rootMeanSquare } from '../augment/noise.ts';
import { composeStream, type LabelledClip } from './compose.ts';

const RATE = 1000;
const clips: LabelledClip[] = Array.from({ length: 6 }, (_, index) => ({
  label: `w${index}`,
  clip: { sampleRate: RATE, samples: new Int16Array(800 + index * 50).fill(1000 * (index + 1)) },
}));
const noise = new NoiseSource([{ sampleRate: RATE, samples: Int16Array.from({ length: 9000 }, (_, index) => ((index * 7919) % 2001) - 1000) }]);

test('every clip is where the truth says, once, and nothing lies between', () => {
  fc.assert(
    fc.property(fc.integer(), fc.option(fc.integer({ min: 8, max: 40 }), { nil: undefined }), (seed, seconds) => {
      const { clip, truth } = composeStream({ clips, seed, ...(seconds === undefined ? {} : { seconds }) });
      expect(clip.samples.length).toBe(seconds === undefined ? clip.samples.length : seconds * RATE);
      expect(truth.map(({ label }) => label).toSorted()).toEqual(clips.map(({ label }) => label));
      let end = 0;
      for (const event of truth) {
        const { samples } = clips[Number(event.label.slice(1))].clip;
        const start = Math.round(event.start * RATE);
        expect(clip.samples.subarray(end, start).every((sample) => sample === 0)).toBe(true);
        end = Math.round(event.end * RATE);
        expect(end - start).toBe(samples.length);
        expect(clip.samples.subarray(start + 10, end - 10)).toEqual(samples.subarray(10, -10));
        expect(Math.abs(clip.samples[start])).toBeLessThan(samples[0] / 10);
      }
      expect(clip.samples.subarray(end).every((sample) => sample === 0)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test('the bed of noise lies under everything at its level', () => {
  const spoken = Math.sqrt(clips.reduce((sum, { clip }) => sum + rootMeanSquare(clip.samples) ** 2, 0) / clips.length);
  const { clip, truth } = composeStream({ clips, noise, ratio: 20, seed: 4, gaps: [1, 3] });
  const gap = clip.samples.subarray(Math.round(truth[0].end * RATE), Math.round(truth[1].start * RATE));
  expect(Math.abs(20 * Math.log10(spoken / rootMeanSquare(gap)) - 20)).toBeLessThan(1.5);
  expect(composeStream({ clips, noise, ratio: 20, seed: 4, gaps: [1, 3] }).clip).toEqual(clip);
  expect(composeStream({ clips, noise, ratio: 20, seed: 5, gaps: [1, 3] }).clip).not.toEqual(clip);
});

test('what cannot be composed is refused', () => {
  const option = expect.objectContaining({ code: 'DATASET_OPTION' });
  expect(() => composeStream({ clips: [], seed: 1 })).toThrow(expect.objectContaining({ code: 'DATASET_EMPTY' }));
  expect(() => composeStream({ clips, seed: 1, seconds: 3 })).toThrow(option);
  expect(() => composeStream({ clips, seed: 1, gaps: [2, 1] })).toThrow(option);
  expect(() => composeStream({ clips: [...clips, { label: 'x', clip: { sampleRate: 8000, samples: new Int16Array(1) } }], seed: 1 })).toThrow(option);
});
