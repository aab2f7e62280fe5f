import { describe, expect, test } from 'vitest';
import { encodeWav } from '../audio/wav.ts';
import { type AudioExample, type Dataset, forLabels, holdOutSpeakers, loadExamples, ofSplit } from './dataset.ts';
import { canonicalLabel, labelIndex, orderLabels, TWELVE_LABELS } from './labels.ts';
import { readManifest } from './manifest.ts';

const wav = (value: number): Uint8Array => encodeWav({ sampleRate: 16000, samples: new Int16Array(10).fill(value) });
const contents = new Map([
  ['go/00176480_nohash_0.wav', wav(1)],
  ['_unknown_/bed_004ae714_nohash_1.wav', wav(2)],
  ['_silence_/7.wav', wav(3)],
  ['broken.wav', wav(4).subarray(0, 30)],
]);
const files = { has: (name: string): boolean => contents.has(name), read: async (name: string): Promise<Uint8Array> => contents.get(name)! };
const full = [
  'file,label,word,speaker,take,official_split',
  'go/00176480_nohash_0.wav,go,go,00176480,0,train',
  '_unknown_/bed_004ae714_nohash_1.wav,_unknown_,bed,004ae714,1,val',
  '_silence_/7.wav,_silence_,_silence_,,7,test',
  '',
].join('\n');

describe('a manifest with all columns', () => {
  const dataset = readManifest(full, files);

  test('becomes examples with canonical labels and splits', () => {
    expect(dataset.labels).toEqual(['go', 'unknown', 'silence']);
    expect(dataset.examples.map(({ id, label, word, speaker, split }) => ({ id, label, word, speaker, split }))).toEqual([
      { id: 'go/00176480_nohash_0.wav', label: 'go', word: 'go', speaker: '00176480', split: 'train' },
      { id: '_unknown_/bed_004ae714_nohash_1.wav', label: 'unknown', word: 'bed', speaker: '004ae714', split: 'validation' },
      { id: '_silence_/7.wav', label: 'silence', word: 'silence', speaker: undefined, split: 'test' },
    ]);
    expect(dataset.examples[0].columns).toEqual({ take: '0', official_split: 'train' });
  });

  test('loads its clips', async () => {
    const values: number[] = [];
    for await (const { data } of loadExamples(dataset)) values.push(data.samples[0]);
    expect(values).toEqual([1, 2, 3]);
  });

  test('gives the examples of a split', () => {
    expect(ofSplit(dataset, 'validation').examples.map((example) => example.label)).toEqual(['unknown']);
  });
});

test('without columns for them, label, speaker and split come from the name and the official rule', () => {
  const dataset = readManifest('file\ngo/00176480_nohash_0.wav\n_silence_/7.wav\n', files, { defaultSplit: 'validation' });
  expect(dataset.examples.map(({ label, speaker, split }) => [label, speaker, split])).toEqual([
    ['go', '00176480', 'train'],
    ['silence', undefined, 'validation'],
  ]);
});

describe('bad rows and files', () => {
  const bad =
    'file,label,official_split\ngo/00176480_nohash_0.wav,go,train\nmissing.wav,go,train\ngo/00176480_nohash_0.wav,,train\n_silence_/7.wav,go,sometimes\nbroken.wav,go,train\n';

  test('end the run with a code and a name', () => {
    expect(() => readManifest(bad, files, {}, 'm.csv')).toThrow(/DATASET_MEMBER in "m\.csv": .*"missing\.wav" in data row 2/);
  });

  test('or are skipped with a reason, at listing and at loading', async () => {
    const dataset = readManifest(bad, files, { onBadFile: 'skip' });
    expect(dataset.examples.map(({ id }) => id)).toEqual(['go/00176480_nohash_0.wav', 'broken.wav']);
    const loaded: string[] = [];
    for await (const { example } of loadExamples(dataset, { onBadFile: 'skip' })) loaded.push(example.id);
    expect(loaded).toEqual(['go/00176480_nohash_0.wav']);
    expect(dataset.skipped.map(({ id, reason }) => [id, reason.slice(0, reason.search(/[: ]/))])).toEqual([
      ['missing.wav', 'DATASET_MEMBER'],
      ['go/00176480_nohash_0.wav', 'DATASET_COLUMN'],
      ['_silence_/7.wav', 'DATASET_SPLIT'],
      ['broken.wav', 'DATASET_WAV'],
    ]);
    await expect(
      loadExamples(dataset)
        .next()
        .then(() => loadAll(dataset)),
    ).rejects.toThrow(expect.objectContaining({ code: 'DATASET_WAV', file: 'broken.wav' }));
  });

  test('an error that is not about data is never skipped', async () => {
    const failing = { has: () => true, read: () => Promise.reject(new TypeError('a bug')) };
    const dataset = readManifest('file,label\nx.wav,go\n', failing);
    await expect(loadExamples(dataset, { onBadFile: 'skip' }).next()).rejects.toThrow(TypeError);
  });

  async function loadAll(dataset: Dataset<AudioExample>): Promise<void> {
    for await (const loaded of loadExamples(dataset)) expect(loaded).toBeDefined();
  }
});

describe('labels of a task', () => {
  const dataset = readManifest('file,label\ngo/00176480_nohash_0.wav,go\n_silence_/7.wav,bed\n', files);

  test('order and names', () => {
    expect(orderLabels(['zebra', 'silence', 'bed', 'no', 'yes', 'no'])).toEqual(['yes', 'no', 'silence', 'bed', 'zebra']);
    expect(['_unknown_', '_silence_', '_background_', '_background_noise_', 'go', 'toString'].map(canonicalLabel)).toEqual([
      'unknown',
      'silence',
      'silence',
      'silence',
      'go',
      'toString',
    ]);
  });

  test('other words become unknown, are dropped, or are an error', () => {
    const mapped = forLabels(dataset, TWELVE_LABELS, 'unknown');
    expect(mapped.labels).toEqual(TWELVE_LABELS);
    expect(mapped.examples.map(({ label, word }) => [label, word])).toEqual([
      ['go', undefined],
      ['unknown', 'bed'],
    ]);
    expect(forLabels(dataset, ['go'], 'drop').examples.length).toBe(1);
    expect(() => forLabels(dataset, TWELVE_LABELS)).toThrow(expect.objectContaining({ code: 'DATASET_LABEL' }));
    expect(() => labelIndex('bed', ['go'], 'unknown')).toThrow(expect.objectContaining({ code: 'DATASET_LABEL' }));
  });

  test('held-out speakers depend on the seed and their names only', () => {
    const csv = ['file,label,speaker', ...Array.from({ length: 400 }, (_, index) => `f${index},go,s${index % 200}`)].join('\n');
    const { examples } = readManifest(csv, { has: () => true, read: files.read });
    const held = holdOutSpeakers(examples, 0.25, 1);
    expect(Math.abs(held.size - 100)).toBeLessThan(40);
    for (let index = 0; index < 200; index++) expect(held.has(`f${index}`)).toBe(held.has(`f${index + 200}`));
    expect(holdOutSpeakers(examples.toReversed(), 0.25, 1)).toEqual(new Set([...held].toReversed()));
    expect(holdOutSpeakers(examples, 0.25, 2)).not.toEqual(held);
    expect([holdOutSpeakers(examples, 0, 1).size, holdOutSpeakers(examples, 1, 1).size]).toEqual([0, 400]);
  });
});
