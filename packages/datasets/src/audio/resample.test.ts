import { describe, expect, test } from 'vitest';
import { type Clip, excerpt, toSample } from './clip.ts';
import { resample } from './resample.ts';

function tone(sampleRate: number, frequency: number, length: number): Clip {
  return { sampleRate, samples: Int16Array.from({ length }, (_, index) => Math.round(12000 * Math.sin((2 * Math.PI * frequency * index) / sampleRate))) };
}

describe('resample', () => {
  test.each([
    [48000, 16000],
    [44100, 16000],
    [8000, 16000],
    [16000, 11025],
  ])('a tone of 440 Hz stays that tone from %i to %i Hz', async (from, to) => {
    const clip = await resample(tone(from, 440, Math.round(from * 0.3)), to);
    const wanted = tone(to, 440, Math.round(Math.round(from * 0.3) * (to / from)));
    expect(clip.samples.length).toBe(wanted.samples.length);
    for (let index = 200; index < clip.samples.length - 200; index++) expect(Math.abs(clip.samples[index] - wanted.samples[index])).toBeLessThanOrEqual(3);
  });

  test('what lies above half the new rate is gone', async () => {
    const clip = await resample(tone(48000, 11000, 24000), 16000);
    expect(Math.max(...clip.samples.subarray(300, 7700))).toBeLessThan(12);
  });

  test('conversions do not disturb each other', async () => {
    const [high, low] = await Promise.all([
      resample({ sampleRate: 48000, samples: new Int16Array(9000).fill(1000) }, 16000, 'fast'),
      resample({ sampleRate: 8000, samples: new Int16Array(1500).fill(-1000) }, 16000),
    ]);
    expect([high.samples.length, high.samples[1500], low.samples.length, low.samples[1500]]).toEqual([3000, 1000, 3000, -1000]);
  });

  test('the same rate changes nothing, an impossible one is refused', async () => {
    const clip = tone(16000, 440, 100);
    expect(await resample(clip, 16000)).toEqual(clip);
    expect((await resample({ sampleRate: 8000, samples: new Int16Array(0) }, 16000)).samples.length).toBe(0);
    for (const rate of [0, -1, 0.5, Number.NaN, 16000 * 300])
      await expect(resample(clip, rate)).rejects.toThrow(expect.objectContaining({ code: 'DATASET_RESAMPLE' }));
  });
});

describe('samples', () => {
  test('rounding is half up, saturation at the ends, NaN is 0', () => {
    expect([0.5, -0.5, 1.49, -1.51, 40000, -40000, Infinity, -Infinity, Number.NaN].map(toSample)).toEqual([1, 0, 1, -2, 32767, -32768, 32767, -32768, 0]);
  });

  test('an excerpt may reach beyond the clip', () => {
    const clip = { sampleRate: 8000, samples: Int16Array.of(1, 2, 3) };
    expect([...excerpt(clip, -2, 7).samples]).toEqual([0, 0, 1, 2, 3, 0, 0]);
    expect([...excerpt(clip, 1, 1).samples]).toEqual([2]);
    expect([...excerpt(clip, 9, 2).samples]).toEqual([0, 0]);
  });
});
