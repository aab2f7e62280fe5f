import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { floatFeatures } from '../float/features.ts';
import { centreFrames, clipPictures, spec98x40Clip } from './clip.ts';
import { SPEC98X40 } from './config.ts';
import { integerFrontEnd } from './front-end.ts';

const clips = new Int16Array(new Uint8Array(readFileSync(new URL('../golden/clips.i16', import.meta.url))).buffer);
const left = clips.subarray(0, 16000);
const shortUp = clips.subarray(16000, 32000);

describe.each([
  ['a whole second', left],
  ['a short clip followed by zeros', shortUp],
  ['digital silence', new Int16Array(16000)],
] as const)('%s', (_, clip) => {
  test('is within half a level of the float convention on average, and within two for 99 % of the cells', () => {
    const { data } = floatFeatures('spec98x40', clip);
    const picture = spec98x40Clip(clip);
    const differences = Array.from(picture, (value, i) => Math.abs(value - data[i]));
    expect(differences.reduce((sum, difference) => sum + difference, 0) / differences.length).toBeLessThan(0.3);
    expect(differences.filter((difference) => difference > 2).length / differences.length).toBeLessThan(0.001);
  });
});

test('the bits of a recorded clip are fixed', () => {
  const hash = [left, shortUp].map((clip) => (spec98x40Clip(clip).reduce((sum, byte) => Math.imul(sum ^ byte, 0x01000193), 0x811c9dc5) >>> 0).toString(16));
  expect(hash).toMatchInlineSnapshot(`
    [
      "74c50be7",
      "42d24267",
    ]
  `);
});

test('a short clip lies in the middle', () => {
  const picture = spec98x40Clip(shortUp);
  const rows = Array.from({ length: 98 }, (_, t) => picture.subarray(40 * t, 40 * t + 40).some((value) => value > 0));
  const frames = 1 + Math.floor((10240 - 480) / 160);
  expect(rows.indexOf(true)).toBe(Math.floor((98 - frames) / 2));
  expect(rows.lastIndexOf(true)).toBe(rows.indexOf(true) + frames - 1);
});

test('frames are centred, and a longer clip keeps its middle', () => {
  const of = (frames: number): Uint8Array => centreFrames({ frames, bands: 1, data: Uint8Array.from({ length: frames }, (_, i) => i + 1) }, 4);
  expect([0, 1, 2, 3, 4, 5, 6, 7].map((frames) => [...of(frames)])).toEqual([
    [0, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 1, 2, 0],
    [1, 2, 3, 0],
    [1, 2, 3, 4],
    [2, 3, 4, 5],
    [2, 3, 4, 5],
    [3, 4, 5, 6],
  ]);
});

test('clips too short for a frame are pictures of nothing', () => {
  const picture = clipPictures(integerFrontEnd(SPEC98X40), 98);
  for (const length of [0, 1, 479]) expect(picture(new Int16Array(length).fill(9)).every((value) => value === 0)).toBe(true);
});
