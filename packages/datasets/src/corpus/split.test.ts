import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCsv } from './csv.ts';
import { sha1Hex } from './sha1.ts';
import { officialSplit, parseSpeaker, parseSplit } from './split.ts';

test('sha1 equals the one of Node for every length', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(sha1Hex(bytes)).toBe(createHash('sha1').update(bytes).digest('hex'));
    }),
  );
});

describe('the official rule', () => {
  test('equals its definition', () => {
    fc.assert(
      fc.property(fc.string(), (speaker) => {
        const percent = (Number(BigInt(`0x${createHash('sha1').update(speaker).digest('hex')}`) % 2n ** 27n) * 100) / (2 ** 27 - 1);
        expect(officialSplit(speaker)).toBe(percent < 10 ? 'validation' : percent < 20 ? 'test' : 'train');
      }),
    );
  });

  test('agrees with the official lists on every speaker of the mini corpus', () => {
    let speakers = 0;
    for (const name of ['train/index.csv', 'test/audio.csv']) {
      for (const row of parseCsv(readFileSync(new URL(`../../../../data/mini-corpus/${name}`, import.meta.url), 'utf8'))) {
        if (row['speaker'] === '') continue;
        speakers++;
        expect(officialSplit(row['speaker'])).toBe(parseSplit(row['official_split']));
      }
    }
    expect(speakers).toBeGreaterThan(5500);
  });
});

test('speakers in file names', () => {
  const wanted = { speaker: '0a7c2a8d', take: 3 };
  for (const name of ['0a7c2a8d_nohash_3.wav', 'yes/0a7c2a8d_nohash_3.flac', '_unknown_/bed_0a7c2a8d_nohash_3.flac', 'C:\\x\\0a7c2a8d_nohash_3'])
    expect(parseSpeaker(name)).toEqual(wanted);
  for (const name of ['yes/1.wav', '0_george_1.flac', '_nohash_1.wav', '']) expect(parseSpeaker(name)).toBeUndefined();
});

test('names of splits', () => {
  expect(['train', 'val', 'validation', 'test', 'testing'].map((name) => parseSplit(name))).toEqual(['train', 'validation', 'validation', 'test', 'test']);
  for (const name of ['', 'Train', 'constructor'])
    expect(() => parseSplit(name, 'm.csv')).toThrow(expect.objectContaining({ code: 'DATASET_SPLIT', file: 'm.csv' }));
});
