/** The commands along the whole line, on tones: train, interrupt and resume, inspect, eval, run. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav } from '@bitvox/datasets';
import { decodeModel } from '@bitvox/graph';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runRecorded } from '../testing/recorded-terminal.ts';
import { toneClip, TONE_LABELS, writeToneWords } from '../testing/tone-words.ts';

let folder: string;
const path = (name: string): string => join(folder, name);
const train = (out: string, ...more: readonly string[]): readonly string[] => [
  'train',
  path('words'),
  '--config',
  path('config.json'),
  '--out',
  path(out),
  '--threads',
  '1',
  ...more,
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bitvox-line-'));
  await writeToneWords(path('words'), 12);
  const augmentation = {
    timeShift: 4,
    gain: [0, 0],
    noise: { probability: 0, gain: [0, 0] },
    timeMasks: { count: 0, longest: 0 },
    bandMasks: { count: 0, longest: 0 },
  };
  const modelOptions = { channels: 16, hidden: 16, blocks: 1 };
  await writeFile(
    path('config.json'),
    JSON.stringify({ modelOptions, epochs: 6, batch: 8, learningRate: 0.02, average: 0, augmentation, validationShare: 0.2 }),
  );
  const { exitCode, err } = await runRecorded(train('tones.bitvox'));
  if (exitCode !== 0) throw new Error(err);
});
afterAll(() => rm(folder, { recursive: true }));

describe('train', () => {
  test('writes a 1-bit model with labels, front end and provenance', async () => {
    const model = decodeModel(await readFile(path('tones.bitvox')));
    expect(model.labels).toEqual(TONE_LABELS);
    expect(Object.keys(model.decision.thresholds)).toEqual(['high', 'low', 'middle']);
    expect(model.training).toMatchObject({ config: { bits: 1, seed: 1, epochs: 6 }, data: [path('words')] });
    expect([...model.tensors.values()].some(({ type }) => type === 'b1')).toBe(true);
  });

  test('the same seed gives the same bytes, and --json one object', async () => {
    const { out } = await runRecorded(train('again.bitvox', '--json'));
    const result = JSON.parse(out);
    expect(result).toMatchObject({ file: path('again.bitvox'), labels: TONE_LABELS, skipped: [] });
    const [first, second] = await Promise.all(['tones.bitvox', 'again.bitvox'].map((name) => readFile(path(name))));
    expect(second!.equals(first!)).toBe(true);
    expect(result.model.bytes).toBe(first!.length);
  });

  test('an interrupt saves a checkpoint, and resuming gives the bytes of an uninterrupted training', async () => {
    const controller = new AbortController();
    const interrupting = (text: string): void => {
      if (text.includes('epoch 1/6')) controller.abort();
    };
    const stopped = await runRecorded(train('resumed.bitvox'), { signal: controller.signal, interactive: true, err: interrupting });
    expect(stopped.exitCode).toBe(130);
    await expect(readFile(path('resumed.bitvox'))).rejects.toThrow('ENOENT');

    const other = await runRecorded(train('resumed.bitvox', '--resume', '--seed', '2'));
    expect(other).toMatchObject({ exitCode: 1, err: expect.stringContaining('CLI_RESUME: the run in') });
    expect(other.err).toContain('seed');

    expect((await runRecorded(train('resumed.bitvox', '--resume'))).exitCode).toBe(0);
    const [first, resumed] = await Promise.all(['tones.bitvox', 'resumed.bitvox'].map((name) => readFile(path(name))));
    expect(resumed!.equals(first!)).toBe(true);
  });

  test('there is nothing to resume where nothing was started', async () => {
    expect((await runRecorded(train('never.bitvox', '--resume'))).err).toMatch(/^.*CLI_RESUME: there is no checkpoint/ms);
  });

  test('a thinnable student starts from its float twin and learns from it', async () => {
    const common = { modelOptions: { blocks: 4, channels: 16, hidden: 16 }, batch: 8, average: 0, augmentation: null, validationShare: 0.2 };
    const trainWith = async (name: string, config: Readonly<Record<string, unknown>>): Promise<string> => {
      await writeFile(path(`${name}.json`), JSON.stringify({ ...common, ...config }));
      const { exitCode, err } = await runRecorded([
        'train',
        path('words'),
        '--config',
        path(`${name}.json`),
        '--out',
        path(`${name}.bitvox`),
        '--threads',
        '1',
      ]);
      return exitCode === 0 ? '' : err;
    };
    expect(await trainWith('twin', { model: 'bifsmn', bits: 32, epochs: 3 })).toBe('');
    const trained = path('twin.bitvox.run/trained.bitvox');
    expect(await trainWith('student', { model: 'bifsmn-v2', epochs: 2, teacher: trained, initial: trained })).toBe('');
    const student = decodeModel(await readFile(path('student.bitvox')));
    expect(student.levels!.map(({ name }) => name)).toEqual(['1x', '0.5x', '0.25x']);
    expect(student.training).toMatchObject({ config: { distillation: { features: 'independent', logits: true, weight: 0.01 }, initial: trained } });
    const events = (await readFile(path('student.bitvox.run/events.jsonl'), 'utf8')).trim().split('\n');
    expect(JSON.parse(events.find((line) => line.includes('"validation"'))!).thinner).toHaveLength(2);
    // What is frozen cannot teach.
    expect(await trainWith('student', { model: 'bifsmn-v2', epochs: 1, teacher: path('twin.bitvox') })).toContain('TRAIN_TENSOR');
  });

  test('a bad recording is fatal and named, or skipped', async () => {
    await writeFile(path('words/low/damaged.wav'), 'RIFF');
    try {
      const failed = await runRecorded(train('bad.bitvox', '--epochs', '1'));
      expect(failed.exitCode).toBe(1);
      expect(failed.err).toMatch(/DATASET_.*low\/damaged\.wav/);
      const skipped = await runRecorded(train('bad.bitvox', '--epochs', '1', '--bad-files', 'skip', '--json'));
      expect(skipped.exitCode).toBe(0);
      expect(JSON.parse(skipped.out).skipped).toEqual([{ id: 'low/damaged.wav', reason: expect.any(String) }]);
    } finally {
      await rm(path('words/low/damaged.wav'));
    }
  });

  test('a label without recordings is named', async () => {
    const { exitCode, err } = await runRecorded(train('none.bitvox', '--labels', 'low,lamp'));
    expect(exitCode).toBe(1);
    expect(err).toContain('CLI_LABELS: no recording is labelled lamp; the data has silence, high, low, middle.');
  });

  test('words that are no label become unknown, or are dropped where there is no such label', async () => {
    const { exitCode, out } = await runRecorded(train('two.bitvox', '--labels', 'low,high', '--epochs', '1', '--json'));
    expect(exitCode).toBe(0);
    expect(JSON.parse(out).labels).toEqual(['low', 'high']);
    const { out: withUnknown } = await runRecorded(train('three.bitvox', '--labels', 'low,high,unknown', '--epochs', '1', '--json'));
    expect(JSON.parse(withUnknown).labels).toEqual(['low', 'high', 'unknown']);
  });

  test('an unknown setting of the config file is named', async () => {
    await writeFile(path('wrong.json'), '{"epoch": 3}');
    expect(await runRecorded(['train', path('words'), '--config', path('wrong.json')])).toMatchObject({ exitCode: 2, err: expect.stringContaining('epoch') });
  });
});

describe('eval', () => {
  test('prints accuracy, per label, confusion and the model as one object, and both executors agree', async () => {
    const { exitCode, out } = await runRecorded(['eval', path('tones.bitvox'), path('words'), '--json', '--backend', 'both']);
    expect(exitCode).toBe(0);
    const result = JSON.parse(out);
    expect(result).toMatchObject({ clips: 48, labels: TONE_LABELS, identicalScores: true, split: 'test', skipped: [] });
    expect(result.accuracy).toBeGreaterThan(0.7);
    expect(result.perLabel.low.clips).toBe(12);
    expect(result.confusion.flat().reduce((a: number, b: number) => a + b)).toBe(48);
    expect(result.model.bytes).toBe((await readFile(path('tones.bitvox'))).length);
    expect(result.model.parametersByBits).toHaveProperty('1');
  });

  test('prints a table', async () => {
    const { out } = await runRecorded(['eval', path('tones.bitvox'), path('words')]);
    expect(out).toMatch(/^label +clips +right/);
    expect(out).toMatch(/of 48 clips/);
  });

  test('is a check with --min-accuracy', async () => {
    const run = (least: string): ReturnType<typeof runRecorded> => runRecorded(['eval', path('tones.bitvox'), path('words'), '--min-accuracy', least]);
    expect((await run('1')).exitCode).toBe(0);
    const { exitCode, err } = await run('100');
    expect([0, 1]).toContain(exitCode);
    expect(exitCode === 0 || err.includes('is below the 100 %')).toBe(true);
  });

  test('says when a split is empty, and when a file is no model', async () => {
    expect((await runRecorded(['eval', path('tones.bitvox'), path('words'), '--split', 'train'])).err).toMatch(/CLI_EMPTY/);
    expect((await runRecorded(['eval', path('words/low/speaker0.wav'), path('words')])).err).toMatch(/^MODEL_FILE_FORMAT/);
    expect((await runRecorded(['eval', path('tones.bitvox'), path('nowhere')])).err).toMatch(/^DATASET_PATH/);
  });
});

describe('run', () => {
  const words = ['high', 'low', 'middle'];
  const samples = (): Int16Array => Int16Array.from(['silence', ...words, 'silence', 'silence'].flatMap((label) => [...toneClip(label, 3)]));
  const lines = (out: string): { time: number; label: string; score: number }[] =>
    out
      .trim()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));

  test('hears the same in a WAV file, in the same file on standard input and in raw samples cut anyhow', async () => {
    const wav = encodeWav({ sampleRate: 16_000, samples: samples() });
    await writeFile(path('stream.wav'), wav);
    async function* cut(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
      for (let start = 0, turn = 0; start < bytes.length; start += sizes[turn++ % sizes.length]!)
        yield bytes.subarray(start, start + sizes[turn % sizes.length]!);
    }
    const raw = new Uint8Array(samples().buffer);
    const fromFile = await runRecorded(['run', path('tones.bitvox'), path('stream.wav'), '--json', '--threshold', '30']);
    expect(fromFile.exitCode).toBe(0);
    expect(lines(fromFile.out).length).toBeGreaterThan(0);
    for (const { time, label, score } of lines(fromFile.out)) {
      expect(words).toContain(label);
      expect(score).toBeGreaterThanOrEqual(0.3);
      expect(time).toBeLessThanOrEqual(6);
    }
    const fromPipe = await runRecorded(['run', path('tones.bitvox'), '-', '--json', '--threshold', '30'], { input: cut(wav, [3001]) });
    expect(fromPipe.out).toBe(fromFile.out);
    const fromRaw = await runRecorded(['run', path('tones.bitvox'), '-', '--json', '--threshold', '30'], { input: cut(raw, [999]) });
    expect(fromRaw.out).toBe(fromFile.out);
  });

  test('prints scores of every step on demand, and seconds as text', async () => {
    const scored = lines((await runRecorded(['run', path('tones.bitvox'), path('stream.wav'), '--json', '--scores'])).out) as unknown as {
      scores?: Record<string, number>;
    }[];
    const steps = scored.filter(({ scores }) => scores !== undefined);
    expect(steps.length).toBeGreaterThan(100);
    expect(Object.keys(steps[0]!.scores!)).toEqual(TONE_LABELS);
    const { out, err } = await runRecorded(['run', path('tones.bitvox'), path('stream.wav'), '--threshold', '30']);
    expect(out).toMatch(/^ +\d+\.\d\d s  (high|low|middle)/m);
    expect(err).toContain('6.0 s of audio');
  });

  test('empty standard input is an error', async () => expect((await runRecorded(['run', path('tones.bitvox'), '-'])).err).toMatch(/^CLI_EMPTY/));
});

describe('inspect', () => {
  test('shows widths, labels, front end and provenance', async () => {
    const { out } = await runRecorded(['inspect', path('tones.bitvox')]);
    for (const part of ['@ 1 bit', 'Labels', 'silence high low middle', 'Front end', 'log-mel', 'Decisions', 'Provenance']) expect(out).toContain(part);
    const facts = JSON.parse((await runRecorded(['inspect', path('tones.bitvox'), '--json'])).out);
    expect(facts).toMatchObject({ labels: TONE_LABELS, features: { kind: 'log-mel' }, training: { config: { seed: 1 } } });
  });
});

test('an unknown name of the zoo is a usage error that lists the names', async () => {
  const { exitCode, err } = await runRecorded(['inspect', 'zoo:parrot']);
  expect(exitCode).toBe(2);
  expect(err).toContain('CLI_MODEL');
  expect(err).toContain('dfsmn-12-w1a1');
});
