import { existsSync, readFileSync } from 'node:fs';
import { decodeModel } from '@bitvox/graph';
import { expect, test } from 'vitest';
import { ZOO, type ZooName, zooUrl } from './zoo.ts';

test.each(Object.keys(ZOO) as ZooName[])('%s is a sound model with a card', (name) => {
  const model = decodeModel(new Uint8Array(readFileSync(zooUrl(name))));
  expect(model.labels).toEqual(['yes', 'no', 'up', 'down', 'left', 'right', 'on', 'off', 'stop', 'go', 'unknown', 'silence']);
  expect(model.training).toHaveProperty('config.seed');
  const card = new URL(zooUrl(name).href.replace(/\.bitvox$/, '.md'));
  expect(existsSync(card)).toBe(true);
  const text = readFileSync(card, 'utf8');
  for (const heading of ['Data', 'Recipe', 'Figures', 'Licence']) expect(text).toContain(`## ${heading}`);
});
