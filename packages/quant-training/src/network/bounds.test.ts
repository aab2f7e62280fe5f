import { expect, test } from 'vitest';
import { boundsOf, rectifiersBeforeSigns, SMALLEST_SLOPE } from './bounds.ts';
import { initialize, initializeFrom } from './initialize.ts';
import { thinnable } from './testing/thinnable.ts';

test('a PReLU before a sign is bounded below; one before two terms, floats or a skip connection is not', () => {
  const names = ['front-0-prelu', 'front-1-prelu', 'linear-prelu', 'block-0-expand-prelu', 'block-1-expand-prelu'];
  expect([...rectifiersBeforeSigns(thinnable('sign'))]).toEqual(names);
  expect(rectifiersBeforeSigns(thinnable('dual-scale')).size).toBe(0);
  expect(rectifiersBeforeSigns(thinnable('float')).size).toBe(0);
  expect(boundsOf(thinnable('sign'))).toEqual(names.map((name) => ({ slot: `parameter/${name}/slope`, low: SMALLEST_SLOPE, high: Infinity })));
});

test('floats behind bits are bounded where the recipe says so', () => {
  const bounds = boundsOf(thinnable('dual-scale'), 1.5);
  expect(bounds.map(({ slot }) => slot)).toContain('parameter/block-1-project/weight');
  expect(bounds.map(({ slot }) => slot)).not.toContain('parameter/classifier/weight');
  expect(new Set(bounds.map(({ low, high }) => `${low} ${high}`))).toEqual(new Set(['-1.5 1.5']));
});

test('a start from another network takes its tensors, but for the slopes before signs', () => {
  const twin = new Map([...initialize(thinnable('float'), 1)].map(([name, tensor]) => [name, { ...tensor, data: tensor.data.map(() => -0.125) }]));
  const taken = (precision: 'sign' | 'dual-scale'): string[] =>
    [...initializeFrom(thinnable(precision), 2, twin)].filter(([, { data }]) => !data.every((number) => number === -0.125)).map(([name]) => name);
  expect(taken('sign')).toEqual([...rectifiersBeforeSigns(thinnable('sign'))].map((name) => `${name}/slope`));
  expect(taken('dual-scale').every((name) => /theta|alpha|residual/.test(name))).toBe(true);
});
