import { expect, test } from 'vitest';
import { VERBS } from './commands/index.ts';
import { cliReference } from './reference.ts';

test('the reference page has every command with its usage and options', async () => {
  const page = await cliReference();
  for (const { name, load } of VERBS) {
    expect(page).toContain(`## ${name}\n`);
    expect(page).toContain(`bitvox ${name}`);
    for (const option of Object.keys((await load()).options)) expect(page).toContain(`--${option}`);
  }
  // A bar would end a cell of its table early.
  for (const line of page.split('\n').filter((text) => text.startsWith('| `'))) expect(line.match(/(?<!\\)\|/g)).toHaveLength(3);
});
