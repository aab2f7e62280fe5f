/** Commands on a file that holds a network at two depths. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SPEC98X40 } from '@bitvox/features';
import { checkModel, encodeModel, type Graph, GraphBuilder, type Level, modelAtLevel } from '@bitvox/graph';
import { freeze, initialize } from '@bitvox/quant-training';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runRecorded } from '../testing/recorded-terminal.ts';
import { TONE_LABELS, writeToneWords } from '../testing/tone-words.ts';

let folder: string;
const path = (name: string): string => join(folder, name);

const BITS = { weights: { name: 'int8-weights', bits: 8 }, activations: { name: 'int8', bits: 8, range: 4 } } as const;

function network(blocks: number): Graph {
  const builder = new GraphBuilder('two-depths');
  let x = builder.conv1d(builder.input({ channels: 40, frames: 98, scale: 2 ** -6 }), { channels: 8, kernel: 8, stride: 10, bias: true, ...BITS }, 'front');
  for (let block = 2 - blocks; block < 2; block++)
    x = builder.relu(builder.conv1d(x, { channels: 8, bias: true, ...BITS }, `block-${block}`), `block-${block}-relu`);
  builder.softmax(builder.linear(builder.meanPool(x, 10, 'pool'), { channels: TONE_LABELS.length, ...BITS }, 'classifier'), 'scores');
  return builder.build();
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bitvox-level-'));
  await writeToneWords(path('words'), 2);
  const levels: Level[] = [2, 1].map((blocks) => ({ name: `${blocks / 2}x`, graph: network(blocks) }));
  const { graph } = levels[0]!;
  const decision = { smoothing: 300, refractory: 750, thresholds: {} };
  const parts = { labels: [...TONE_LABELS], features: { ...SPEC98X40 }, decision, training: {} };
  const model = checkModel({ graph, levels, tensors: freeze(levels, initialize(levels, 1)), ...parts });
  await writeFile(path('both.bitvox'), encodeModel(model));
  await writeFile(path('thin.bitvox'), encodeModel(modelAtLevel(model, '0.5x')));
});
afterAll(() => rm(folder, { recursive: true }));

/** What a command prints as JSON, without what tells one run or file from another. */
async function measured(...words: readonly string[]): Promise<unknown> {
  const { exitCode, out, err } = await runRecorded([...words, '--json']);
  expect([exitCode, err.includes('CLI_')]).toEqual([0, false]);
  const { seconds: _, model, ...rest } = JSON.parse(out);
  return { ...rest, model: { ...model, bytes: 0 } };
}

test('inspect lists the levels with their sizes', async () => {
  const { out } = await runRecorded(['inspect', path('both.bitvox')]);
  expect(out).toMatch(/Levels\n {2}1x .*\n {2}0\.5x .*MACs .* waits \d+ input frames/);
  const { model } = JSON.parse((await runRecorded(['inspect', path('both.bitvox'), '--json'])).out);
  expect(Object.keys(model.levels)).toEqual(['1x', '0.5x']);
  expect(model.levels['1x'].macs - model.levels['0.5x'].macs).toBe(8 * 8 * 10);
  expect((await runRecorded(['inspect', path('thin.bitvox')])).out).not.toContain('Levels');
});

test('eval and run take a level, and do what the model cut to it does', async () => {
  const evaluate = ['eval', path('both.bitvox'), path('words'), '--level', '0.5x', '--split', 'all'];
  expect(await measured(...evaluate)).toEqual(await measured('eval', path('thin.bitvox'), path('words'), '--split', 'all'));
  expect(await measured(...evaluate)).not.toEqual(await measured(...evaluate.map((word) => (word === '0.5x' ? '1x' : word))));
  const scores = async (...words: readonly string[]): Promise<string> => {
    const { exitCode, out } = await runRecorded(['run', ...words, '--json', '--scores']);
    expect(exitCode).toBe(0);
    return out;
  };
  const clip = path('words/low/speaker0.wav');
  expect(await scores(path('both.bitvox'), clip, '--level', '0.5x')).toBe(await scores(path('thin.bitvox'), clip));
});

test('export takes a level, and writes what the model cut to it gives', async () => {
  const exported = async (file: string, ...words: readonly string[]): Promise<string> => {
    const { exitCode } = await runRecorded(['export', 'arm', path(file), '--single', '--name', 'net', '--out', path('project'), ...words]);
    expect(exitCode).toBe(0);
    return readFile(path('project/net.c'), 'utf8');
  };
  const half = await exported('both.bitvox', '--level', '0.5x');
  expect(half).toBe(await exported('thin.bitvox'));
  expect(half).not.toContain('step_block_0');
  expect(await exported('both.bitvox')).toContain('step_block_0');
});

test('an unknown level is a usage error that lists the levels', async () => {
  const { exitCode, err } = await runRecorded(['eval', path('both.bitvox'), path('words'), '--level', '2x']);
  expect(exitCode).toBe(2);
  expect(err).toContain('CLI_OPTION: --level must be one of 1x, 0.5x; got "2x".');
});
