/** The demo in one epoch: every part appears, nothing is said about how well such a network hears. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeModel } from '@bitvox/graph';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runRecorded } from '../testing/recorded-terminal.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bitvox-demo-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('trains, evaluates, listens, shows sizes and says what to try next', async () => {
  const out = join(folder, 'spotter.bitvox');
  const demo = await runRecorded(['demo', '--epochs', '1', '--threads', '1', '--out', out], { columns: 90 });
  expect(demo.exitCode).toBe(0);
  for (const part of [
    '1  Training',
    'of 300 clips',
    'said',
    'heard',
    'words heard',
    'false alarm',
    '1 bit',
    'times faster than it is spoken',
    'train your-words/',
  ])
    expect(demo.out).toContain(part);
  for (const line of demo.out.split('\n').filter((text) => text.includes('┬'))) expect([...line].length).toBeLessThanOrEqual(90);
  const model = decodeModel(await readFile(out));
  expect(model.labels).toHaveLength(12);
  expect(demo.out).not.toContain('\u001B');

  const json = await runRecorded(['eval', out, 'mini', '--json']);
  expect(JSON.parse(json.out)).toMatchObject({ clips: 300, skipped: [] });
}, 120_000);

test('an interrupt ends it with 130 and leaves no model', async () => {
  const controller = new AbortController();
  const out = join(folder, 'none.bitvox');
  const err = (text: string): void => {
    if (text.includes('Training')) controller.abort();
  };
  const { exitCode } = await runRecorded(['demo', '--epochs', '1', '--threads', '1', '--out', out], { signal: controller.signal, interactive: true, err });
  expect(exitCode).toBe(130);
  await expect(readFile(out)).rejects.toThrow('ENOENT');
});
