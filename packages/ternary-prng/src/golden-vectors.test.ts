import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { GOLDEN_SPECS, goldenVectors } from './golden-vectors.fixture.ts';

test('the golden file, which never changes: names, keys, lists and whole matrices of every generator', () => {
  const golden: unknown[] = JSON.parse(readFileSync(new URL('golden/ternary-matrices.json', import.meta.url), 'utf8'));
  expect(golden).toEqual(GOLDEN_SPECS.map(goldenVectors));
});
