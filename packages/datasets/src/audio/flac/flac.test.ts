import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha1Hex } from '../../corpus/sha1.ts';
import { DatasetError } from '../../errors.ts';
import type { Clip } from '../clip.ts';
import { BitReader } from './bit-reader.ts';
import { crc16, crc8 } from './checksum.ts';
import { decodeFlac } from './flac.ts';

const folder = new URL('../../golden/', import.meta.url);
const golden = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, folder)));
const expected: Record<string, { what: string; sampleRate: number; samples: number; sha1: string }> = JSON.parse(
  readFileSync(new URL('flac.json', folder), 'utf8'),
);
const coded = (code: string): unknown => expect.objectContaining({ code });

describe('against the reference decoder', () => {
  test('every golden file is listed', () => {
    expect(Object.keys(expected).toSorted()).toEqual(
      readdirSync(folder)
        .filter((name) => name.endsWith('.flac'))
        .toSorted(),
    );
  });

  test.each(Object.entries(expected))('%s', async (name, { sampleRate, samples, sha1 }) => {
    const clip = await decodeFlac(golden(name));
    expect([clip.sampleRate, clip.samples.length]).toEqual([sampleRate, samples]);
    expect(sha1Hex(new Uint8Array(clip.samples.buffer))).toBe(sha1);
  });

  test('one channel instead of the mean', async () => {
    const bytes = golden('stereo-left-only.flac');
    const [left, right, mean] = await Promise.all([decodeFlac(bytes, { channel: 0 }), decodeFlac(bytes, { channel: 1 }), decodeFlac(bytes)]);
    expect(right.samples.every((sample) => sample === 0)).toBe(true);
    expect(mean.samples).toEqual(left.samples.map((sample) => Math.floor(sample / 2 + 0.5)));
    await expect(decodeFlac(bytes, { channel: 2 })).rejects.toThrow(coded('DATASET_OPTION'));
  });
});

describe('damage', () => {
  const names = Object.keys(expected);

  test('a flipped byte gives an error that names the file, or leaves the samples as they were', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), fc.nat(), fc.integer({ min: 1, max: 255 }), async (name, where, flip) => {
        const bytes = golden(name);
        bytes[where % bytes.length] ^= flip;
        const result = await decodeFlac(bytes, { maxSeconds: 30 }, name).catch((error: unknown) => error);
        const isRefused = result instanceof DatasetError && result.file === name && ['DATASET_FLAC', 'DATASET_TOO_LONG'].includes(result.code);
        expect(isRefused || sha1Hex(new Uint8Array((result as Clip).samples.buffer)) === expected[name].sha1).toBe(true);
      }),
      { numRuns: 600 },
    );
  });

  test('a file cut off anywhere is never taken for whole', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), fc.nat(), async (name, length) => {
        const bytes = golden(name);
        await expect(decodeFlac(bytes.subarray(0, length % bytes.length))).rejects.toThrow(coded('DATASET_FLAC'));
      }),
      { numRuns: 200 },
    );
  });

  test('random bytes behind a valid start end in an error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 400 }), async (noise) => {
        const start = golden('noise-verbatim.flac').subarray(0, 60);
        await expect(decodeFlac(Uint8Array.of(...start, ...noise))).rejects.toThrow(DatasetError);
      }),
    );
  });

  test('a recording beyond the limit is refused before it is decoded', async () => {
    await expect(decodeFlac(golden('speech-with-silent-end.flac').subarray(0, 100), { maxSeconds: 0.5 })).rejects.toThrow(coded('DATASET_TOO_LONG'));
    const unknownLength = golden('speech-with-silent-end.flac');
    unknownLength.fill(0, 22, 26);
    unknownLength[21] &= 0xf0;
    await expect(decodeFlac(unknownLength, { maxSeconds: 0.5 })).rejects.toThrow(coded('DATASET_TOO_LONG'));
    expect((await decodeFlac(unknownLength)).samples.length).toBe(16000);
    await expect(decodeFlac(unknownLength, { maxSeconds: Number.NaN })).rejects.toThrow(coded('DATASET_OPTION'));
  });
});

describe('bits', () => {
  test('fields of any width read what was written', () => {
    const field = fc.integer({ min: 1, max: 32 }).chain((width) => fc.tuple(fc.constant(width), fc.integer({ min: 0, max: 2 ** width - 1 })));
    fc.assert(
      fc.property(fc.array(field, { maxLength: 40 }), (fields) => {
        const bits = fields.map(([width, value]) => value.toString(2).padStart(width, '0')).join('');
        const reader = new BitReader(bytesOf(bits), 0);
        for (const [width, value] of fields) expect(reader.read(width)).toBe(value);
        expect(reader.overrun).toBe(false);
      }),
    );
  });

  test('Rice codes and unary numbers of any length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 14 }), fc.array(fc.integer({ min: -3000, max: 3000 }), { minLength: 1, maxLength: 20 }), (parameter, values) => {
        const bits = values.map((value) => {
          const folded = value >= 0 ? value * 2 : -value * 2 - 1;
          const low = parameter === 0 ? '' : (folded % 2 ** parameter).toString(2).padStart(parameter, '0');
          return `${'0'.repeat(Math.floor(folded / 2 ** parameter))}1${low}`;
        });
        const reader = new BitReader(bytesOf(bits.join('')), 0);
        const decoded = new Int32Array(values.length);
        reader.readRice(decoded, 0, values.length, parameter);
        expect([...decoded]).toEqual(values);
        expect(reader.overrun).toBe(false);
      }),
    );
  });

  test('checksums have the check values of their catalogue', () => {
    const digits = new TextEncoder().encode('123456789');
    expect([crc8(digits, 0, 9), crc16(digits, 0, 9)]).toEqual([0xf4, 0xfee8]);
  });

  function bytesOf(bits: string): Uint8Array {
    return Uint8Array.from({ length: Math.ceil(bits.length / 8) }, (_, index) => Number.parseInt(bits.slice(index * 8, index * 8 + 8).padEnd(8, '0'), 2));
  }
});
