import fc from 'fast-check';
import { packTar, type TarEntry } from 'modern-tar';
import { describe, expect, test } from 'vitest';
import { DatasetError } from '../errors.ts';
import { sourceOfBlob, sourceOfBytes } from './source.ts';
import { openTar, type TarArchive } from './tar.ts';

const file = (name: string, body: Uint8Array, pax?: Record<string, string>): TarEntry => ({
  header: { name, size: body.length, type: 'file', ...(pax ? { pax } : {}) },
  body,
});

describe('archives written by an independent library', () => {
  test('members come back by name, read in place', async () => {
    const name = fc.stringMatching(/^[a-zä]{1,8}(\/[a-z_0-9]{1,90}){0,2}\.flac$/);
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(name, fc.uint8Array({ maxLength: 1500 })), { selector: ([key]) => key, minLength: 1, maxLength: 5 }),
        async (members) => {
          const entries = members.flatMap(([key, body]): TarEntry[] => [{ header: { name: 'folder/', size: 0, type: 'directory' } }, file(key, body)]);
          const bytes = await packTar(entries);
          for (const source of [sourceOfBytes(bytes), sourceOfBlob(new Blob([bytes]))]) {
            const archive = await openTar(source);
            expect([...archive.members.keys()]).toEqual(members.map(([key]) => key));
            for (const [key, body] of members) expect([...(await archive.read(key))]).toEqual([...body]);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  test('only the headers are read to open one', async () => {
    const source = sourceOfBytes(await packTar([file('a', new Uint8Array(100_000)), file('b', new Uint8Array(100_000))]));
    let read = 0;
    await openTar({ size: source.size, read: (offset, length) => ((read += length), source.read(offset, length)) });
    expect(read).toBeLessThanOrEqual(4 * 512);
  });

  test('names beyond a header, as pax and GNU write them', async () => {
    const long = `${'folder-name/'.repeat(30)}clip.wav`;
    const archive = await openTar(sourceOfBytes(await packTar([file(long, Uint8Array.of(1)), file('./after.wav', Uint8Array.of(2))])));
    expect([...archive.members.keys()]).toEqual([long, 'after.wav']);
    const gnu = await packTar([
      { header: { name: '././@LongLink', size: long.length + 1, type: 'gnu-long-name' }, body: `${long}\0` },
      file('cut', Uint8Array.of(3)),
    ]);
    expect([...(await (await openTar(sourceOfBytes(gnu))).read(long))]).toEqual([3]);
  });
});

describe('damage', () => {
  test('a cut archive, no archive, a missing member: coded and named', async () => {
    const bytes = await packTar([file('a.wav', new Uint8Array(2000))]);
    await expect(openTar(sourceOfBytes(bytes.subarray(0, 1024)), 'x.tar')).rejects.toThrow(expect.objectContaining({ code: 'DATASET_TAR', file: 'x.tar' }));
    await expect(openTar(sourceOfBytes(new Uint8Array(0)))).rejects.toThrow(expect.objectContaining({ code: 'DATASET_TAR' }));
    await expect(openTar(sourceOfBytes(new Uint8Array(4096).fill(7)))).rejects.toThrow(expect.objectContaining({ code: 'DATASET_TAR' }));
    await expect((await openTar(sourceOfBytes(bytes), 'x.tar')).read('b.wav')).rejects.toThrow(
      expect.objectContaining({ code: 'DATASET_MEMBER', file: 'x.tar' }),
    );
  });

  test('flipped bytes give coded errors or members within the archive', async () => {
    const bytes = await packTar([file('a.wav', new Uint8Array(700).fill(1)), file(`${'b'.repeat(150)}.wav`, new Uint8Array(10).fill(2))]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 }), async (flips) => {
        const damaged = bytes.slice();
        for (const [where, value] of flips) damaged[where] = value;
        const result = await openTar(sourceOfBytes(damaged)).catch((error: unknown) => error);
        expect(result instanceof DatasetError || isInside(result as TarArchive, bytes.length)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  function isInside({ members }: TarArchive, size: number): boolean {
    return [...members.values()].every((member) => member.offset + member.size <= size);
  }
});
