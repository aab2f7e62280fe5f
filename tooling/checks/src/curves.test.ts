import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ZodError } from 'zod';
import { type Curve, curvesSchema, writeCurves } from './curves.ts';

const run: Curve = {
  id: 'v2-1',
  what: 'BiFSMNv2',
  epochs: 2,
  seconds: 3,
  loss: [1.5, 1.25],
  validation: { '1x': [80, 90], '0.5x': [79, 88.5] },
  settings: { model: 'bifsmn-v2', augmentation: { gain: [-6, 6] } },
};

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bitvox-curves-'));
});
afterEach(() => rm(root, { recursive: true }));

test('a written file passes the schema and has a line for every training', async () => {
  const text = await readFile(await writeCurves(root, { name: 'bifsmn-curves', command: 'c', runs: [run, { ...run, id: 'v1-1' }] }), 'utf8');
  expect(curvesSchema.parse(JSON.parse(text)).runs).toEqual([run, { ...run, id: 'v1-1' }]);
  expect(text.split('\n').filter((line) => line.includes('"epochs":2'))).toHaveLength(2);
});

test.each([
  ['no trainings', { runs: [] }],
  ['two trainings of one id', { runs: [run, run] }],
  ['more epochs than were asked for', { runs: [{ ...run, epochs: 1 }] }],
  ['an accuracy above 100 %', { runs: [{ ...run, validation: { '1x': [101] } }] }],
  ['a name that does not say what it is', { name: 'bifsmn' }],
])('%s is refused', async (_, change) => {
  await expect(writeCurves(root, { name: 'bifsmn-curves', command: 'c', runs: [run], ...change })).rejects.toBeInstanceOf(ZodError);
});
