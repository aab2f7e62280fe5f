import { type BitDepth, encodeWaveFromFloat32Channels } from '@echogarden/wave-codec';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DatasetError } from '../errors.ts';
import { decodeAudio } from './decode.ts';
import { decodeWav, encodeWav } from './wav.ts';

const clips = fc.record({
  sampleRate: fc.integer({ min: 1, max: 192_000 }),
  samples: fc.array(fc.integer({ min: -32768, max: 32767 }), { maxLength: 100 }).map((samples) => Int16Array.from(samples)),
});
const coded = (code: string): unknown => expect.objectContaining({ code });

test('what is encoded comes back, by name and by first bytes', async () => {
  await fc.assert(
    fc.asyncProperty(clips, async (clip) => {
      expect(await decodeWav(encodeWav(clip))).toEqual(clip);
      expect(await decodeAudio(encodeWav(clip), 'x.mp3')).toEqual(clip);
    }),
  );
});

describe('other encodings, written by an independent library', () => {
  const values = Float32Array.from({ length: 200 }, (_, index) => 0.9 * Math.sin(index * 0.7));
  const exact = Array.from(values, (value) => value * 32768);
  const PCM = 1;
  const FLOAT = 3;
  const A_LAW = 6;
  const MU_LAW = 7;

  test.each<[string, BitDepth, number, number]>([
    ['8-bit PCM', 8, PCM, 129],
    ['16-bit PCM', 16, PCM, 1],
    ['24-bit PCM', 24, PCM, 0.51],
    ['32-bit PCM', 32, PCM, 0.51],
    ['32-bit float', 32, FLOAT, 0.51],
    ['64-bit float', 64, FLOAT, 0.51],
    ['A-law', 8, A_LAW, 1100],
    ['µ-law', 8, MU_LAW, 1100],
  ])('%s', async (_, bits, format, tolerance) => {
    const clip = await decodeWav(encodeWaveFromFloat32Channels([values], 22050, bits, format));
    expect(clip.sampleRate).toBe(22050);
    expect(clip.samples.length).toBe(200);
    clip.samples.forEach((sample, index) => expect(Math.abs(sample - exact[index])).toBeLessThanOrEqual(tolerance));
  });

  test('several channels become their mean, or one of them', async () => {
    const bytes = encodeWaveFromFloat32Channels([values, values.map((value) => -value), values], 16000, 24);
    const [mean, second] = await Promise.all([decodeWav(bytes), decodeWav(bytes, { channel: 1 })]);
    mean.samples.forEach((sample, index) => expect(Math.abs(sample - exact[index] / 3)).toBeLessThanOrEqual(0.51));
    second.samples.forEach((sample, index) => expect(Math.abs(sample + exact[index])).toBeLessThanOrEqual(0.51));
    await expect(decodeWav(bytes, { channel: 3 })).rejects.toThrow(coded('DATASET_OPTION'));
  });
});

describe('files as they are found', () => {
  const clip = { sampleRate: 16000, samples: Int16Array.of(1, -2, 3, -4) };
  const plain = encodeWav(clip);

  test('a chunk of odd length before the samples has a pad byte', async () => {
    const list = Uint8Array.of(...new TextEncoder().encode('LIST'), 3, 0, 0, 0, 65, 66, 67, 0);
    expect(await decodeWav(Uint8Array.of(...plain.subarray(0, 36), ...list, ...plain.subarray(36)))).toEqual(clip);
  });

  test('a length that the writer never filled in means up to the end', async () => {
    for (const length of [0, 0xff]) {
      const streamed = plain.slice();
      streamed.fill(length, 40, 44);
      expect(await decodeWav(streamed)).toEqual(clip);
    }
  });

  test('half a sample at the end is left out', async () => {
    const odd = Uint8Array.of(...plain, 7);
    odd[40] = 9;
    expect(await decodeWav(odd)).toEqual(clip);
  });

  test('too long, cut off, empty, of another kind: each with its own code and the name', async () => {
    await expect(decodeWav(plain, { maxSeconds: 0.0001 }, 'a.wav')).rejects.toThrow(expect.objectContaining({ code: 'DATASET_TOO_LONG', file: 'a.wav' }));
    await expect(decodeWav(plain.subarray(0, 50), {}, 'a.wav')).rejects.toThrow(expect.objectContaining({ code: 'DATASET_WAV', file: 'a.wav' }));
    await expect(decodeAudio(new Uint8Array(0), 'a.wav')).rejects.toThrow(/DATASET_FORMAT in "a\.wav": .* Got an empty file/);
    await expect(decodeAudio(new TextEncoder().encode('OggS....'), 'a.wav')).rejects.toThrow(coded('DATASET_FORMAT'));
  });

  test('damaged bytes give coded errors or a clip no longer than the file, never anything else', async () => {
    const float = encodeWaveFromFloat32Channels([new Float32Array(20), new Float32Array(20)], 16000, 32, 3);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(plain, float), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }), fc.nat(), async (file, flips, length) => {
        const bytes = file.slice(0, file.length - (length % 3 === 0 ? length % file.length : 0));
        for (const [where, value] of flips) bytes[where % bytes.length] = value;
        const result = await decodeAudio(bytes, 'x').catch((error: unknown) => error);
        expect(result instanceof DatasetError || (result as typeof clip).samples.length <= bytes.length).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
