import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadExamples } from '../corpus/dataset.ts';
import { TWELVE_LABELS } from '../corpus/labels.ts';
import { sourceOfBytes } from '../corpus/source.ts';
import { DatasetError } from '../errors.ts';
import { type ContainerFiles, readContainer } from './container.ts';
import { loadSpectrograms } from './load.ts';
import { spectrogramAt, type SpectrogramSet } from './spectrogram.ts';

const read = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`../golden/container/${name}`, import.meta.url)));
const header = read('header.bin');
const data = read('data.bin');
const index = new TextDecoder().decode(read('index.csv'));
const golden = read('pixels.u8');
const files = (changes: Partial<ContainerFiles> = {}): ContainerFiles => ({ header, data: sourceOfBytes(data), index, ...changes });

describe('a container', () => {
  test('lists its examples', () => {
    const container = readContainer(files());
    expect([container.frames, container.bands, container.labels]).toEqual([98, 40, ['yes', 'no', 'down', 'right', 'go', 'silence']]);
    expect(container.examples.map(({ label, speaker, split }) => [label, speaker, split])).toEqual([
      ['silence', undefined, 'train'],
      ['down', '2f813234', 'train'],
      ['go', '9151f184', 'train'],
      ['no', 'f550b7dc', 'validation'],
      ['right', 'f0ac2522', 'test'],
      ['yes', 'b4ea0d9a', 'test'],
    ]);
    expect(new Set(container.examples.map(({ id }) => id)).size).toBe(6);
  });

  test('pixels are those of libjpeg, at most one level off, one by one and in bulk', async () => {
    const container = readContainer(files());
    const set = await loadSpectrograms(container);
    expect(set.pixels.length).toBe(golden.length);
    set.pixels.forEach((pixel, place) => expect(Math.abs(pixel - golden[place])).toBeLessThanOrEqual(1));
    let position = 0;
    for await (const { data: picture } of loadExamples(container))
      expect(picture).toEqual({ ...spectrogramAt(set, position++), pixels: new Uint8Array(picture.pixels) });
  });

  test('a split, with the labels of a task and progress', async () => {
    const progress: number[][] = [];
    const set = await loadSpectrograms(readContainer(files()), { split: 'test', labels: TWELVE_LABELS, onProgress: (...step) => progress.push(step) });
    expect([set.count, [...set.labels], set.labelNames]).toEqual([2, [5, 0], TWELVE_LABELS]);
    expect(progress).toEqual([[2, 2]]);
    const filtered = await loadSpectrograms(readContainer(files()), { filter: ({ speaker }) => speaker === '9151f184' });
    expect([filtered.count, filtered.labelNames[filtered.labels[0]]]).toEqual([1, 'go']);
  });

  test('nothing to load, other labels, an aborted signal', async () => {
    const container = readContainer(files());
    await expect(loadSpectrograms(container, { filter: () => false })).rejects.toThrow(expect.objectContaining({ code: 'DATASET_EMPTY' }));
    await expect(loadSpectrograms(container, { labels: ['yes'] })).rejects.toThrow(expect.objectContaining({ code: 'DATASET_LABEL' }));
    expect((await loadSpectrograms(container, { labels: ['yes'], others: 'drop' })).count).toBe(1);
    await expect(loadSpectrograms(container, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});

describe('damage', () => {
  test('rows outside the data and unknown splits are named or skipped', () => {
    const bad = `${index}3700,900,yes,yes,x,0,train\n-1,9,yes,yes,x,0,train\n0,9,yes,yes,x,0,later\n`;
    expect(() => readContainer(files({ index: bad }))).toThrow(expect.objectContaining({ code: 'DATASET_COLUMN' }));
    const container = readContainer(files({ index: bad }), { onBadFile: 'skip' });
    expect([container.examples.length, container.skipped.length]).toEqual([6, 3]);
  });

  test('a header that is no picture', () => {
    for (const bytes of [new Uint8Array(0), header.subarray(0, 40), data])
      expect(() => readContainer(files({ header: bytes }))).toThrow(expect.objectContaining({ code: 'DATASET_SPECTROGRAM' }));
  });

  test('a cut picture is named, or left out with the others in order', async () => {
    const cut = index.replace('1197,638', '1197,100');
    await expect(loadSpectrograms(readContainer(files({ index: cut })))).rejects.toThrow(/DATASET_SPECTROGRAM in "go\/9151f184_0_2"/);
    const container = readContainer(files({ index: cut }));
    const set = await loadSpectrograms(container, { onBadFile: 'skip' });
    expect([set.count, set.pixels.length, [...set.labels].map((label) => set.labelNames[label])]).toEqual([
      5,
      5 * 98 * 40,
      ['silence', 'down', 'no', 'right', 'yes'],
    ]);
    expect(container.skipped.map(({ id }) => id)).toEqual(['go/9151f184_0_2']);
  });

  test('flipped bytes give coded errors or pictures of the right size', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }), fc.boolean(), async (flips, inHeader) => {
        const bytes = (inHeader ? header : data).slice();
        for (const [where, value] of flips) bytes[where % bytes.length] = value;
        const result = await Promise.resolve()
          .then(() => loadSpectrograms(readContainer(files(inHeader ? { header: bytes } : { data: sourceOfBytes(bytes) }))))
          .catch((error: unknown) => error);
        expect(result instanceof DatasetError || (result as SpectrogramSet).count === 6).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});
