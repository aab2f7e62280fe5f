import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PART_TEXTS } from './generated/parts.ts';
import { PartList, type PartName } from './parts.ts';

const FOLDER = new URL('c/', import.meta.url);

test('the embedded texts are those of the files; `npm run embed` brings them up to date', () => {
  const files = readdirSync(FOLDER).sort();
  expect(Object.keys(PART_TEXTS)).toEqual(files.map((file) => file.replace('.h', '')));
  for (const file of files) expect(PART_TEXTS[file.replace('.h', '') as PartName]).toBe(readFileSync(new URL(file, FOLDER), 'utf8'));
});

test('a list has every part once, after those that it includes', () => {
  const parts = new PartList();
  parts.add(['decide', 'softmax', 'decide']);
  const text = parts.text();
  expect(text).not.toContain('#include "');
  const places = ['bitvox_quotient(uint64_t', 'bitvox_decide(', 'bitvox_softmax('].map((name) => text.indexOf(name));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(text.split('bitvox_quotient(uint64_t')).toHaveLength(2);
});

test('no two parts define a function of one name', () => {
  const names = Object.values(PART_TEXTS).flatMap((text) => Array.from(text.matchAll(/^static inline \w+ \**(\w+)\(/gm), ([, name]) => name));
  expect(names.length).toBeGreaterThan(50);
  expect(names.toSorted()).toEqual([...new Set(names)].toSorted());
});
