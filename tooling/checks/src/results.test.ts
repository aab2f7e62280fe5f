import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ZodError } from 'zod';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { meets, type ResultRow, resultsSchema, standing, writeResults } from './results.ts';

const row: ResultRow = { id: 'float-audio-accuracy', what: 'accuracy on audio', figure: 95.5, unit: '%', must: '>= 95', aim: '>= 96.5' };

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bitvox-results-'));
});
afterEach(() => rm(root, { recursive: true }));

test('a written file passes the schema, names the machine and leaves no partial file', async () => {
  const path = await writeResults(root, { name: 'skeleton', command: 'npm run report:skeleton', seeds: [1], rows: [row] });
  const results = resultsSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  expect(results).toMatchObject({ name: 'skeleton', commit: 'unknown', rows: [row] });
  expect(results.machine.cores).toBeGreaterThan(0);
  expect(await readdir(join(root, 'results'))).toEqual(['skeleton.json']);
});

test('an id may name the peer behind a slash', async () => {
  const rows = [{ ...row, id: 'gemm-128-256-256/ort-web-f32' }];
  await expect(writeResults(root, { name: 'kernels', command: 'c', seeds: [], rows })).resolves.toBe(join(root, 'results', 'kernels.json'));
});

test.each([
  ['no rows', { rows: [] }],
  ['a figure that is not finite', { rows: [{ ...row, figure: Number.NaN }] }],
  ['two rows of one id', { rows: [row, row] }],
  ['an id that ends in a slash', { rows: [{ ...row, id: 'gemm-512/' }] }],
  ['a line without comparison', { rows: [{ ...row, must: '95' }] }],
  ['an id that ends in a slash', { rows: [{ ...row, id: 'gemm-512/' }] }],
  ['an unknown field', { rows: [{ ...row, accuracy: 95 }] }],
  ['a name that is no file name', { name: '../skeleton' }],
])('%s is refused', async (_, change) => {
  await expect(writeResults(root, { name: 'skeleton', command: 'c', seeds: [], rows: [row], ...change })).rejects.toBeInstanceOf(ZodError);
});

test.each([
  [95, '>= 95', true],
  [94.9, '>= 95', false],
  [1, '<= 1.0', true],
  [-2, '< -1.5', true],
  [3, '> 3', false],
  [0, '= 0', true],
])('%d meets "%s": %s', (figure, line, expected) => expect(meets(figure, line)).toBe(expected));

test('a row stands at its highest line', () => {
  expect(standing(row)).toBe('reached');
  expect(standing({ ...row, figure: 97 })).toBe('aim reached');
  expect(standing({ ...row, figure: 90 })).toBe('missed');
  expect(standing({ id: 'a', what: 'b', figure: 1, unit: 's' })).toBe('no line');
});
