import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packTar } from 'modern-tar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeAudio } from '../audio/decode.ts';
import { duration } from '../audio/clip.ts';
import { encodeWav } from '../audio/wav.ts';
import { type AudioExample, type Dataset, loadExamples } from '../corpus/dataset.ts';
import { TWELVE_LABELS } from '../corpus/labels.ts';
import { loadSpectrogramsCached } from './cache.ts';
import { openMiniCorpus } from './mini-corpus.ts';
import { openContainer, openDataset, openNoise } from './open.ts';
import { loadSpectrograms } from '../spectrogram/load.ts';

const golden = fileURLToPath(new URL('../golden/', import.meta.url));
const wav = (value: number, length = 16): Uint8Array => encodeWav({ sampleRate: 16000, samples: new Int16Array(length).fill(value) });
let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'bitvox-datasets-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, bytes: Uint8Array | string): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), bytes);
}

async function firstSamples(path: string): Promise<unknown[]> {
  const dataset = (await openDataset(join(root, path))) as Dataset<AudioExample>;
  const found: unknown[] = [];
  for await (const { example, data } of loadExamples(dataset)) found.push([example.id, example.label, example.split, data.samples[0]]);
  return found;
}

describe('openDataset', () => {
  test('folder of words, beside a folder of noise', async () => {
    write('words/yes/00176480_nohash_0.wav', wav(1));
    write('words/no/deep/x.WAV', wav(2));
    write('words/_background_noise_/tap.wav', wav(3, 50));
    write('words/readme.txt', 'no audio');
    expect(await firstSamples('words')).toEqual([
      ['no/deep/x.WAV', 'no', 'test', 2],
      ['yes/00176480_nohash_0.wav', 'yes', 'train', 1],
    ]);
    expect((await openNoise(join(root, 'words', '_background_noise_'))).clips.map((clip) => clip.samples.length)).toEqual([50]);
  });

  test('manifest with a tar, with a folder of its name, with files beside it', async () => {
    const csv = 'file,label,official_split\ngo/a.wav,go,val\n';
    const wanted = [['go/a.wav', 'go', 'validation', 5]];
    write('packed/m.csv', csv);
    write('packed/m.tar', await packTar([{ header: { name: 'go/a.wav', size: wav(5).length, type: 'file' }, body: wav(5) }]));
    write('named/m.csv', csv);
    write('named/m/go/a.wav', wav(5));
    write('beside/m.csv', csv);
    write('beside/go/a.wav', wav(5));
    for (const folder of ['packed', 'named', 'beside']) expect(await firstSamples(`${folder}/m.csv`)).toEqual(wanted);
  });

  test('files outside the folder of a manifest do not exist', async () => {
    write('escape/m.csv', 'file,label\n../words/yes/00176480_nohash_0.wav,yes\n');
    await expect(openDataset(join(root, 'escape', 'm.csv'))).rejects.toThrow(expect.objectContaining({ code: 'DATASET_MEMBER' }));
  });

  test('spectrogram container', async () => {
    expect((await openDataset(join(golden, 'container'))).examples.map(({ kind }) => kind)).toEqual(Array(6).fill('spectrogram'));
  });

  test('what holds no dataset is said to be none', async () => {
    mkdirSync(join(root, 'empty'));
    write('half/index.csv', 'offset,length,label\n');
    for (const path of ['nowhere', 'empty', 'words/readme.txt', 'half'])
      await expect(openDataset(join(root, path))).rejects.toThrow(expect.objectContaining({ code: 'DATASET_PATH', file: join(root, path) }));
    write('cut/m.csv', 'file,label\na.wav,go\n');
    write('cut/m.tar', (await packTar([{ header: { name: 'a.wav', size: 2000, type: 'file' }, body: new Uint8Array(2000) }])).subarray(0, 900));
    await expect(openDataset(join(root, 'cut', 'm.csv'))).rejects.toThrow(expect.objectContaining({ code: 'DATASET_TAR' }));
  });

  test('a file that vanishes or shrinks after listing is an error, not a hang', async () => {
    for (const name of ['header.bin', 'data.bin', 'index.csv']) {
      mkdirSync(join(root, 'shrunk'), { recursive: true });
      copyFileSync(join(golden, 'container', name), join(root, 'shrunk', name));
    }
    const container = await openContainer(join(root, 'shrunk'));
    truncateSync(join(root, 'shrunk', 'data.bin'), 1000);
    await expect(loadSpectrograms(container)).rejects.toThrow(expect.objectContaining({ code: 'DATASET_READ' }));
  });
});

describe('cached spectrograms', () => {
  const options = { labels: TWELVE_LABELS, split: 'train' } as const;

  test('are those that were decoded, read from the file the second time', async () => {
    const path = join(root, 'cache', 'deep', 'train.bin');
    const container = await openContainer(join(golden, 'container'));
    const direct = await loadSpectrograms(container, options);
    expect(await loadSpectrogramsCached(container, path, options)).toEqual(direct);
    expect(readdirSync(join(path, '..'))).toEqual(['train.bin']);
    const marked = new Uint8Array(readFileSync(path));
    marked[marked.length - 1] ^= 1;
    writeFileSync(path, marked);
    const again = await loadSpectrogramsCached(container, path, options);
    expect(again.pixels.at(-1)).toBe(direct.pixels.at(-1)! ^ 1);
    expect([again.labels, again.labelNames, again.count]).toEqual([direct.labels, direct.labelNames, direct.count]);
  });

  test('of other options, or in a damaged file, are decoded anew', async () => {
    const path = join(root, 'cache', 'other.bin');
    const container = await openContainer(join(golden, 'container'));
    const whole = await loadSpectrogramsCached(container, path, options);
    expect((await loadSpectrogramsCached(container, path, { ...options, split: 'test' })).count).toBe(2);
    for (const damage of ['', 'BVSPEC01', 'BVSPEC01\u0005\0\0\0{"a":', readFileSync(path).subarray(0, 300)]) {
      writeFileSync(path, damage);
      expect(await loadSpectrogramsCached(container, path, options)).toEqual(whole);
    }
  });
});

describe('the mini corpus', () => {
  const path = fileURLToPath(new URL('../../../../data/mini-corpus', import.meta.url));

  test('has balanced parts whose speakers are apart, of the official splits', async () => {
    const corpus = await openMiniCorpus(path);
    const parts = [corpus.train, corpus.evaluation, corpus.stream];
    const perLabel = parts.map(({ labels, examples }) => labels.map((label) => examples.filter((example) => example.label === label).length));
    expect(parts.map(({ labels }) => labels)).toEqual([TWELVE_LABELS, TWELVE_LABELS, TWELVE_LABELS]);
    expect(perLabel).toEqual([Array(12).fill(504), Array(12).fill(25), [...Array(10).fill(3), 10, 0]]);
    expect(parts.map(({ examples }) => [...new Set(examples.map(({ split }) => split))])).toEqual([['train'], ['test'], ['test']]);
    const speakers = parts.map(({ examples }) => new Set(examples.flatMap(({ speaker }) => speaker ?? [])));
    expect(new Set(speakers.flatMap((part) => [...part])).size).toBe(speakers.reduce((sum, part) => sum + part.size, 0));
    expect(corpus.noise.clips.map(duration)).toEqual([5, 5, 5]);
  });

  test('decodes whole', async () => {
    const corpus = await openMiniCorpus(path);
    const set = await loadSpectrograms(corpus.train);
    expect([set.count, set.frames, set.bands]).toEqual([6048, 98, 40]);
    for (const part of [corpus.evaluation, corpus.stream]) {
      for await (const { example, data } of loadExamples(part))
        expect([data.sampleRate, data.samples.length]).toEqual([16000, Number(example.columns?.['samples'])]);
    }
  });

  test('takes at most 9.5 MiB', () => {
    const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.reduce((sum, entry) => sum + readFileSync(join(entry.parentPath, entry.name)).length, 0)).toBeLessThan(9.5 * 2 ** 20);
  });
});

test('a golden clip comes out of the file system as out of memory', async () => {
  mkdirSync(join(root, 'golden', 'yes'), { recursive: true });
  copyFileSync(join(golden, 'speech-with-silent-end.flac'), join(root, 'golden', 'yes', 'a.flac'));
  const dataset = (await openDataset(join(root, 'golden'))) as Dataset<AudioExample>;
  expect(await dataset.examples[0].load()).toEqual(await decodeAudio(new Uint8Array(readFileSync(join(golden, 'speech-with-silent-end.flac')))));
});
