import { expect, test } from 'vitest';
import { VERBS } from './commands/index.ts';
import { cliReference } from './reference.ts';
import { configSchema } from './training/settings.ts';

test('the reference page has every command with its usage and options', async () => {
  const page = await cliReference();
  for (const { name, load } of VERBS) {
    expect(page).toContain(`## ${name}\n`);
    expect(page).toContain(`bitvox ${name}`);
    for (const option of Object.keys((await load()).options)) expect(page).toContain(`--${option}`);
  }
  // A bar would end a cell of its table early.
  for (const line of page.split('\n').filter((text) => text.startsWith('| `'))) expect([3, 5]).toContain(line.match(/(?<!\\)\|/g)!.length);
});

test('it has every setting with its values and default', async () => {
  const page = await cliReference();
  for (const name of Object.keys(configSchema.shape).filter((key) => key !== '$schema')) expect(page).toContain(`| \`${name}\` | `);
  for (const row of [
    '| `bits` | `1`, `8`, `32` | `1` | Bits of weights and activations inside the network. |',
    '| `levels` | a list of: `"1x"`, `"0.5x"`, `"0.25x"` | `["1x"]` |',
    '| `teacher` | a text, `null` | `null` |',
    '| `distillation.features` | `"enhanced"`, `"independent"` |  |',
    '| `learningRate` | a number above 0, at most 1 |  |',
    '| `augmentation.gain` | 2 of: a number from -60 to 60 | `[-10,6]` |',
    '| `blocks` | a multiple of 4 from 4 to 64 | `8` |',
    '| `augmentation` | an object, `null` |  |',
    '| `augmentation.noise` | an object | `{"probability":0.4,"gain":[-20,0]}` |',
    '| `seed` | a whole number | `1` |',
  ])
    expect(page).toContain(row);
});
