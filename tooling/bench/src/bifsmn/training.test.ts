import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Run, runFolderOf, runsNamed } from './plan.ts';
import { curveOf, stateOf } from './run-files.ts';
import { TINY_PLAN, writeTinyRun } from './tiny-runs.fixture.ts';
import { type Train, trainRuns } from './training.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bitvox-runs-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const runs = runsNamed(TINY_PLAN, ['v1-1', 'v2-1', 'released-1']);
const stateOfRun = (run: Run): unknown => stateOf(folder, run, TINY_PLAN.methods[run.method]!);

/** Trains at once, and notes what was begun while how many others ran. */
function recorder(code = 0): { readonly log: string[]; readonly train: Train; readonly most: () => number } {
  const log: string[] = [];
  let [running, most] = [0, 0];
  const train: Train = async (run, _, isBegun) => {
    log.push(isBegun ? `${run.id} again` : run.id);
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (code === 0) writeTinyRun(folder, run);
    running--;
    return code;
  };
  return { log, train, most: () => most };
}

test('what is missing is trained, a student after its twin; a second call trains nothing', async () => {
  const { log, train, most } = recorder();
  await trainRuns({ plan: TINY_PLAN, runs, folder, train, jobs: 2 });
  expect(log).toEqual(['fp-1', 'v1-1', 'v2-1', 'released-1']);
  expect(most()).toBe(2);
  for (const run of runs) expect(stateOfRun(run)).toEqual({ state: 'finished' });
  await trainRuns({ plan: TINY_PLAN, runs, folder, train, jobs: 1 });
  expect(log).toHaveLength(4);
});

test('a training that was interrupted goes on', async () => {
  const [twin] = runs as [Run];
  mkdirSync(join(folder, runFolderOf(twin.id)));
  writeFileSync(join(folder, runFolderOf(twin.id), 'checkpoint'), '');
  writeFileSync(join(folder, runFolderOf(twin.id), 'config.json'), JSON.stringify({ config: { ...twin.settings, optimizer: 'adamw' } }));
  expect(stateOfRun(twin)).toEqual({ state: 'begun' });
  const { log, train } = recorder();
  await trainRuns({ plan: TINY_PLAN, runs: [twin], folder, train, jobs: 1 });
  expect(log).toEqual(['fp-1 again']);
});

test('after a training that ended without its files nothing else is begun', async () => {
  const { log, train } = recorder(130);
  await expect(trainRuns({ plan: TINY_PLAN, runs, folder, train, jobs: 1 })).rejects.toThrow('the training of fp-1 ended with exit code 130');
  expect(log).toEqual(['fp-1']);
});

test('a run with other settings is named and not touched', async () => {
  const [twin] = runs as [Run];
  writeTinyRun(folder, { ...twin, settings: { ...twin.settings, epochs: 3, modelOptions: { channels: 16 } } });
  const planned: Run = { ...twin, settings: { ...twin.settings, modelOptions: { channels: 8 } } };
  expect(stateOfRun(planned)).toEqual({ state: 'foreign', differing: ['modelOptions.channels', 'epochs'] });
  const { log, train } = recorder();
  await expect(trainRuns({ plan: TINY_PLAN, runs: [planned], folder, train, jobs: 1 })).rejects.toThrow('other settings of modelOptions.channels, epochs');
  expect(log).toEqual([]);
});

test('a curve counts the last events of an epoch', () => {
  const [twin] = runs as [Run];
  const events = [
    { type: 'start' },
    { type: 'epoch', epoch: 0, loss: 2, seconds: 5 },
    { type: 'epoch', epoch: 0, loss: 1.5, seconds: 7 },
    { type: 'validation', epoch: 0, accuracy: 0.5, thinner: [{ level: '0.5x', accuracy: 0.25 }] },
    { type: 'checkpoint', position: { epoch: 1 } },
  ];
  const curve = curveOf(twin, TINY_PLAN.methods[twin.method]!, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  expect(curve).toMatchObject({ id: 'fp-1', epochs: 2, seconds: 7, loss: [1.5], validation: { '1x': [50], '0.5x': [25] } });
});
