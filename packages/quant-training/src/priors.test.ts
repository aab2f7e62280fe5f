import { GraphBuilder } from '@bitvox/graph';
import { expect, test } from 'vitest';
import { TrainingError } from './errors.ts';
import { initialize } from './network/initialize.ts';
import { equalisePriors } from './priors.ts';

function network(bias: boolean) {
  const builder = new GraphBuilder('tiny');
  const frames = builder.input({ channels: 2, frames: 3, scale: 2 ** -6 });
  builder.softmax(builder.linear(builder.meanPool(frames, 3), { channels: 3, bias }, 'classifier'));
  return builder.build();
}

test('the logarithm of each frequency leaves the bias, and only that changes', () => {
  const graph = network(true);
  const tensors = initialize(graph, 1);
  const before = tensors.get('classifier/bias')!.data;
  const after = equalisePriors(graph, tensors, [10, 20, 30]);
  const shifts = [...after.get('classifier/bias')!.data].map((value, label) => value - before[label]!);
  [0.5, 1, 1.5].forEach((share, label) => expect(shifts[label]).toBeCloseTo(-Math.log(share), 6));
  expect(after.get('classifier/weight')).toBe(tensors.get('classifier/weight'));
});

test('equal counts change nothing', () => {
  const graph = network(true);
  const tensors = initialize(graph, 1);
  expect(equalisePriors(graph, tensors, [7, 7, 7])).toEqual(tensors);
});

test.each([
  ['no bias', false, [1, 1, 1]],
  ['a label without examples', true, [1, 0, 1]],
  ['too few counts', true, [1, 1]],
])('%s is a coded error', (_, bias, counts) => {
  const graph = network(bias);
  expect(() => equalisePriors(graph, initialize(graph, 1), counts)).toThrow(TrainingError);
});
