import { expect, test } from 'vitest';
import { overBudget } from './line-budget.ts';

test('a house within budget has no problems', () =>
  expect(
    overBudget(
      new Map([
        ['a.ts', 500],
        ['b.ts', 120],
        ['c.ts', 3],
      ]),
    ),
  ).toEqual([]));

test('a long file is named', () =>
  expect(
    overBudget(
      new Map([
        ['a.ts', 501],
        ['b.ts', 1],
        ['c.ts', 3],
      ]),
    ),
  ).toEqual([expect.stringContaining('a.ts has 501 lines')]));

test('a long median is a problem though no file is', () =>
  expect(
    overBudget(
      new Map([
        ['a.ts', 121],
        ['b.ts', 121],
        ['c.ts', 3],
      ]),
    ),
  ).toEqual([expect.stringContaining('median file has 121')]));

test('an empty house is fine', () => expect(overBudget(new Map())).toEqual([]));
