import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav } from '@bitvox/datasets';
import { floatFeatures, integerFeatures, SPEC98X40, spec98x40Clip } from '@bitvox/features';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runRecorded } from '../testing/recorded-terminal.ts';

/** A tone that rises and falls. */
const toneOf = (length: number): Int16Array => Int16Array.from({ length }, (_, n) => 8000 * Math.sin(n * 0.02 + 3 * Math.sin(n / 900)));

let folder: string;
const path = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bitvox-features-'));
  await writeFile(path('short.wav'), encodeWav({ sampleRate: 16_000, samples: toneOf(9000) }));
  await writeFile(path('long.wav'), encodeWav({ sampleRate: 16_000, samples: toneOf(24_000) }));
  await writeFile(path('broken.wav'), 'RIFF');
});
afterAll(() => rm(folder, { recursive: true }));

const framesOf = async (...parameters: readonly string[]): Promise<{ axes: string[]; shape: number[]; data: number[][] }> => {
  const { exitCode, out } = await runRecorded(['features', ...parameters, '--json']);
  expect(exitCode).toBe(0);
  return JSON.parse(out);
};

test('a short recording becomes the picture that networks see', async () => {
  const { axes, shape, data } = await framesOf('integer', path('short.wav'));
  expect({ axes, shape }).toEqual({ axes: ['frame', 'mel'], shape: [98, 40] });
  expect(data.flat()).toEqual([...spec98x40Clip(toneOf(9000))]);
});

test('a long recording, or a stream, gives all frames', async () => {
  const long = await framesOf('integer', path('long.wav'));
  expect(long.data.flat()).toEqual([...integerFeatures(SPEC98X40, toneOf(24_000)).data]);
  const stream = await framesOf('integer', path('short.wav'), '--stream');
  expect(stream.shape).toEqual([integerFeatures(SPEC98X40, toneOf(9000)).frames, 40]);
});

test('float conventions keep their own axes', async () => {
  const { axes, shape, data } = await framesOf('nemo_mfcc', path('short.wav'));
  const { frames, bands, data: values } = floatFeatures('nemo_mfcc', toneOf(9000));
  expect({ axes, shape }).toEqual({ axes: ['coefficient', 'frame'], shape: [bands, frames] });
  expect(data.flat()).toEqual([...values]);
});

test('several files are one line each, and text is a picture', async () => {
  const { out } = await runRecorded(['features', 'integer', path('short.wav'), path('long.wav'), '--json']);
  expect(
    out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).file),
  ).toEqual([path('short.wav'), path('long.wav')]);
  const text = (await runRecorded(['features', 'integer', path('short.wav')])).out;
  expect(text).toContain('98 frames x 40 mels');
  expect(text).toMatch(/[░▒▓█]/);
});

test('a damaged file is named', async () => {
  const { exitCode, err } = await runRecorded(['features', 'integer', path('broken.wav')]);
  expect(exitCode).toBe(1);
  expect(err).toMatch(/^DATASET_.*broken\.wav/);
});
