/** The exported folder, its report, and wrong usage. That the project computes the right bits is tested where compilers and emulators are. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runRecorded } from '../testing/recorded-terminal.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bitvox-export-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('a model of the zoo becomes a folder with sources, self-test and report', async () => {
  const out = join(folder, 'spotter');
  const { exitCode, out: text, err } = await runRecorded(['export', 'arm', 'zoo:dfsmn-12-w1a1', '--core', 'cortex-m4', '--out', out]);
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
  expect(text).toContain('kws_dfsmn for cortex-m4');
  expect(text).toContain('block-0-memory');
  expect(text).toContain('not measured on silicon');
  const report = JSON.parse(await readFile(join(out, 'report.json'), 'utf8')) as { core: string; vectors: readonly { detections: number }[] };
  expect(report.core).toBe('cortex-m4');
  expect(report.vectors).toHaveLength(3);
  expect(await readFile(join(out, 'test/kws_dfsmn_selftest.c'), 'utf8')).toContain('int kws_dfsmn_selftest(void)');
});

test('a single file, with names and recordings of one`s own, as JSON', async () => {
  const out = join(folder, 'single');
  const clip = join(folder, 'clip.wav');
  const samples = Int16Array.from({ length: 16_000 }, (_, at) => 3000 * Math.sin(at / 9));
  const head = new Uint8Array(44);
  const view = new DataView(head.buffer);
  [...'RIFF....WAVEfmt ....'].forEach((character, at) => view.setUint8(at, character.codePointAt(0)!));
  view.setUint32(4, 36 + samples.byteLength, true);
  view.setUint32(16, 16, true);
  for (const [at, value] of [
    [20, 1],
    [22, 1],
    [32, 2],
    [34, 16],
  ] as const)
    view.setUint16(at, value, true);
  view.setUint32(24, 16_000, true);
  view.setUint32(28, 32_000, true);
  [...'data'].forEach((character, at) => view.setUint8(36 + at, character.codePointAt(0)!));
  view.setUint32(40, samples.byteLength, true);
  await writeFile(clip, Buffer.concat([head, Buffer.from(samples.buffer)]));
  const { exitCode, out: text } = await runRecorded(['export', 'arm', 'zoo:dfsmn-12-w1a1', '--single', '--name', 'ears', '--clips', clip, '-o', out, '--json']);
  expect(exitCode).toBe(0);
  const { files, report } = JSON.parse(text) as { files: string[]; report: { project: string; vectors: unknown[] } };
  expect(files).toEqual(['ears.h', 'ears.c', 'ears_selftest.c', 'ears_vectors.h']);
  expect(report).toMatchObject({ project: 'ears', vectors: [{ name: 'clip.wav' }] });
  expect(await readFile(join(out, 'ears.h'), 'utf8')).toContain('int32_t ears_push(ears *s, const int16_t *samples, uint32_t count);');
});

test.each([
  [['export', 'dsp', 'zoo:dfsmn-12-w1a1'], 2, 'CLI_OPTION: --target must be one of arm; got "dsp".'],
  [['export', 'arm', 'zoo:dfsmn-12-w1a1', '--core', 'z80'], 2, 'CLI_OPTION: --core must be one of portable, cortex-m0plus'],
  [['export', 'arm', 'zoo:dfsmn-12-w1a1', '--name', '1st'], 1, 'ARM_NAME: got "1st". Names are letters'],
  [['export', 'arm', 'zoo:dfsmn-12-f32'], 1, 'ARM_FLOAT'],
])('%j is refused', async (parameters, status, message) => {
  const { exitCode, out, err } = await runRecorded([...parameters, '--out', join(folder, 'refused')]);
  expect({ exitCode, out }).toEqual({ exitCode: status, out: '' });
  expect(err).toContain(message);
});
