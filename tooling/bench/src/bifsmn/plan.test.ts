import { BINARIZERS } from '@bitvox/models';
import { expect, test } from 'vitest';
import { PLAN, runsNamed } from './plan.ts';

test('twins and both BiFSMN have three seeds, every other binarizer has one', () => {
  const seedsOf = (method: string): number[] => PLAN.runs.filter((run) => run.method === method).map(({ seed }) => seed);
  for (const method of ['fp', 'v1', 'v2']) expect(seedsOf(method)).toEqual([1, 2, 3]);
  const others = Object.keys(BINARIZERS).filter((name) => !['bifsmn', 'bifsmn-v2'].includes(name));
  for (const method of others) expect(seedsOf(method)).toEqual([1]);
  expect(PLAN.runs).toHaveLength(9 + others.length);
  expect(new Set(PLAN.runs.map(({ id }) => id)).size).toBe(PLAN.runs.length);
});

test('a student starts from the floats of the twin of its seed, which is trained before', () => {
  for (const [at, { twin, seed, settings }] of PLAN.runs.entries()) {
    if (twin === null) {
      expect(settings).not.toHaveProperty('teacher');
      continue;
    }
    expect(twin).toBe(`fp-${seed}`);
    expect(PLAN.runs.findIndex(({ id }) => id === twin)).toBeLessThan(at);
    expect(settings).toMatchObject({ seed, teacher: `${twin}.bitvox.run/trained.bitvox`, initial: `${twin}.bitvox.run/trained.bitvox` });
  }
});

test('the binarizers that no device runs are scored by the predictor', () => {
  const predicted = Object.entries(PLAN.methods).filter(([, { scoredBy }]) => scoredBy === 'predictor');
  expect(predicted.map(([name]) => name)).toEqual(['bifsmn-released', 'bifsmn-v2-released', 'xnor']);
});

test('chosen runs bring what they depend on', () => {
  expect(runsNamed(PLAN, ['v2-3', 'bnn-1']).map(({ id }) => id)).toEqual(['fp-1', 'fp-3', 'v2-3', 'bnn-1']);
  expect(() => runsNamed(PLAN, ['v3-1'])).toThrow('"v3-1" is not in the plan');
});
