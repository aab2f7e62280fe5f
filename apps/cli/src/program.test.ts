import { expect, test } from 'vitest';
import { VERBS } from './commands/index.ts';
import { runRecorded } from './testing/recorded-terminal.ts';

test('without a command the help goes to standard error and the exit code is 2', async () => {
  const { exitCode, out, err } = await runRecorded([]);
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
  for (const { name } of VERBS) expect(err).toContain(`  ${name}`);
});

test('--help and --version are results', async () => {
  expect(await runRecorded(['--help'])).toMatchObject({ exitCode: 0, err: '', out: expect.stringContaining('Usage  bitvox COMMAND') });
  expect(await runRecorded(['--version'])).toMatchObject({ exitCode: 0, err: '', out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});

test('a misspelt command is named with the nearest one', async () => {
  const { exitCode, err } = await runRecorded(['trian']);
  expect(exitCode).toBe(2);
  expect(err).toMatch(/^CLI_COMMAND: "trian" is not a command\. Did you mean train\?/);
  expect(err).not.toContain(' at ');
});

test.each(VERBS.map(({ name, summary }) => [name, summary] as const))('%s has help, and the summary that the list of commands shows', async (name, summary) => {
  const { exitCode, out } = await runRecorded([name, '--help']);
  expect(exitCode).toBe(0);
  expect(out).toContain(summary);
  expect(out).toContain(`Usage  bitvox ${name}`);
  expect(out).toContain('--json');
  for (const line of out.split('\n')) if (!line.includes('# ') && !line.includes('bitvox ')) expect(line.length).toBeLessThanOrEqual(100);
});

test.each([
  [['inspect'], 'CLI_ARGUMENT: `bitvox inspect` needs MODEL.'],
  [['inspect', 'a', 'b'], 'CLI_ARGUMENT: "b" is one argument too many.'],
  [['inspect', 'a', '--jsn'], 'CLI_OPTION: "--jsn" is not an option of `bitvox inspect`. Did you mean --json?'],
  [['train', 'mini', '--epochs'], 'CLI_OPTION: --epochs needs a value.'],
  [['train', 'mini', '--epochs', 'many'], 'CLI_OPTION: --epochs must be a number from 1 to 10000, got "many".'],
  [['train', 'mini', '--bits', '3'], 'CLI_OPTION: the setting "bits" is wrong'],
  [['features', 'integr', 'a.wav'], 'CLI_ARGUMENT: "integr" is not a front end. Did you mean integer?'],
])('%j is wrong usage', async (parameters, message) => {
  const { exitCode, out, err } = await runRecorded(parameters);
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
  expect(err).toContain(message);
});

test('a file that is not there is an error with a code and without a stack, unless asked for', async () => {
  const { exitCode, err } = await runRecorded(['inspect', '/no/such/model']);
  expect(exitCode).toBe(1);
  expect(err).toMatch(/^CLI_FILE: ENOENT.*\/no\/such\/model.*Check the path/);
  expect(err).not.toContain('    at ');
  expect((await runRecorded(['inspect', '/no/such/model', '--debug'])).err).toContain('    at ');
});
