import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ResultRow, resultsSchema } from '@bitvox/checks';
import { decodeModel, encodeModel, modelAtLevel, summarize } from '@bitvox/graph';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { InferenceTimes } from '../inference.ts';
import { type Measured, measureRuns } from './measure.ts';
import { figuresOf, publish } from './publish.ts';
import { dropsOf, type Measurement, rowsOf, withEarlierTimes } from './rows.ts';
import { TINY_PLAN, tinyData, writeTinyRun } from './tiny-runs.fixture.ts';

const TIMES: InferenceTimes = { ours: 40, peer: 1000, ratio: 25 };
const data = tinyData();
let folder: string;
let measured: Measured;
let rows: Map<string, ResultRow>;

const measure = (): Promise<Measured> => measureRuns({ plan: TINY_PLAN, folder, data, timing: async () => TIMES });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bitvox-report-'));
  for (const run of TINY_PLAN.runs) if (run.id !== 'v2-2') writeTinyRun(folder, run);
  measured = await measure();
  rows = new Map(rowsOf(TINY_PLAN, measured.measurements).map((row) => [row.id, row] as const));
});
afterAll(() => rmSync(folder, { recursive: true }));

const modelOf = (id: string) => decodeModel(readFileSync(join(folder, `${id}.bitvox`)));

test('every finished run has rows for each level and test set, and what is not finished is named', () => {
  expect(measured.unfinished).toEqual(['v2-2']);
  expect(resultsSchema.shape.rows.parse([...rows.values()])).toHaveLength(rows.size);
  for (const method of ['fp', 'v1', 'v2']) {
    for (const level of ['full', 'half', 'quarter']) {
      for (const what of ['spectrograms', 'audio', 'bytes', 'binary-macs', 'real-macs', 'time']) expect(rows.has(`${method}/${level}/${what}`)).toBe(true);
    }
  }
  expect(rows.get('v1/full/audio')!.note).toContain('seeds 1, 2:');
  expect(rows.get('v2/full/audio')!.note).toContain('seed 1:');
  expect(rows.get('v2/full/audio')!.note).toContain('2 epochs of 8 clips');
  expect(rows.get('v1/full/audio')!.note).toContain('identical scores on 9, 1 of the clips');
});

test('what has no deployed form is scored by the predictor, without bytes and time', () => {
  expect(rows.get('released/full/audio')!.note).toContain('no deployed form');
  expect(rows.has('released/full/bytes')).toBe(false);
  expect(rows.has('released/full/time')).toBe(false);
});

test('storage, speed and costs follow their formulas', () => {
  const bytesOf = (id: string): number => encodeModel(modelAtLevel(modelOf(id), '1x')).length;
  expect(rows.get('v1-storage')!.figure).toBeCloseTo(bytesOf('fp-1') / bytesOf('v1-1'), 2);
  expect(rows.get('v2-storage')).toMatchObject({ must: '>= 20.2', peer: { figure: bytesOf('fp-1') } });
  expect(rows.get('v2-speed-vs-ort-web-f32')).toMatchObject({ figure: 25, must: '>= 22' });
  const { macs, binaryMacs } = summarize(modelOf('v2-1').graph);
  expect(rows.get('v2/full/binary-macs')!.figure).toBe(binaryMacs);
  expect(rows.get('v2/full/real-macs')!.figure).toBe(macs - binaryMacs);
});

/** A measurement with this many right answers of a hundred. */
function withCorrect(id: string, correct: number): Measurement {
  const found = measured.measurements.find(({ run }) => run.id === id)!;
  const tested = { ...found.evaluation['1x']!['audio']!, clips: 100, correct };
  return { ...found, evaluation: { '1x': { spectrograms: tested, audio: tested } } };
}

test('a drop is the mean over seeds of the distance to the twin of that seed', () => {
  const all = [withCorrect('fp-1', 96), withCorrect('fp-2', 94), withCorrect('v1-1', 95), withCorrect('v1-2', 90)];
  expect(dropsOf('v1', all, '1x', 'spectrograms').map((drop) => Math.round(drop))).toEqual([1, 4]);
  const [drop] = rowsOf(TINY_PLAN, all);
  expect(drop).toMatchObject({ id: 'v1-drop', figure: 2.5, must: '<= 3' });
  expect(dropsOf('v1', all.slice(1), '1x', 'spectrograms')).toHaveLength(1);
});

test('a report without times keeps those of an earlier one, and nothing else', async () => {
  const fresh = rowsOf(TINY_PLAN, (await measureRuns({ plan: TINY_PLAN, folder, data, timing: null })).measurements);
  expect(fresh.some(({ id }) => id.endsWith('/time'))).toBe(false);
  const gone: ResultRow[] = ['v3/full/time', 'v1/full/extra', 'v1-extra'].map((id) => ({ id, what: id, figure: 1, unit: 'µs' }));
  const before = new Map([...rows.values(), ...gone].map((row) => [row.id, row.figure] as const));
  const merged = withEarlierTimes(fresh, [...rows.values(), ...gone]);
  expect(merged.map(({ id }) => id).toSorted()).toEqual([...rows.keys()].toSorted());
  for (const { id, figure } of merged) expect(figure).toBe(before.get(id));
  expect(merged.slice(0, 5).map(({ id }) => id)).toContain('v2-speed-vs-ort-web-f32');
});

test('an evaluation is kept until the file changes', async () => {
  const kept = join(folder, 'v1-1.bitvox.evaluation.json');
  const stored = JSON.parse(readFileSync(kept, 'utf8')) as { fingerprint: string; evaluation: Record<string, Record<string, { correct: number }>> };
  stored.evaluation['1x']!['audio']!.correct = 7;
  writeFileSync(kept, JSON.stringify(stored));
  const correct = async (): Promise<number> => (await measure()).measurements.find(({ run }) => run.id === 'v1-1')!.evaluation['1x']!['audio']!.correct;
  expect(await correct()).toBe(7);
  const model = modelOf('v1-1');
  writeFileSync(join(folder, 'v1-1.bitvox'), encodeModel({ ...model, training: { ...model.training, clips: 9 } }));
  await correct();
  expect(JSON.parse(readFileSync(kept, 'utf8')).fingerprint).not.toBe(stored.fingerprint);
});

test('a published run is a sound model with a card that says how well it does', () => {
  const zoo = join(folder, 'zoo');
  mkdirSync(zoo);
  const measurement = measured.measurements.find(({ run }) => run.id === 'v2-1')!;
  const line = publish(TINY_PLAN, folder, zoo, measurement);
  expect(line === undefined || line.includes("'bifsmn-v2-12'")).toBe(true);
  expect(decodeModel(readFileSync(join(zoo, 'bifsmn-v2-12.bitvox'))).levels?.map(({ name }) => name)).toEqual(['1x', '0.5x', '0.25x']);
  const card = readFileSync(join(zoo, 'bifsmn-v2-12.md'), 'utf8');
  for (const heading of ['Data', 'Recipe', 'Figures', 'Licence']) expect(card).toContain(`## ${heading}`);
  const untimed = Object.fromEntries(Object.entries(measurement.costs).map(([level, costs]) => [level, { ...costs, time: null }]));
  expect(figuresOf(modelOf('v2-1'), { ...measurement, costs: untimed })).not.toContain('µs');
  for (const told of ['false alarms', '40.0 µs', 'seed 1', 'CC BY 4.0']) expect(card).toContain(told);
});
