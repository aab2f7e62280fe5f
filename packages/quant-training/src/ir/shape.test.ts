/** Every builder refuses what does not fit, naming itself, the network node and what it wanted. */
import { describe, expect, it } from 'vitest';
import { batchNorm, batchNormFixed, batchStatistics } from './ops/batch-norm.ts';
import { add } from './ops/binary.ts';
import { broadcast } from './ops/sum.ts';
import { concat } from './ops/concat.ts';
import { conv, convInputGradient, convWeightGradient } from './ops/conv.ts';
import { constant, parameter } from './ops/leaf.ts';
import { logSoftmax } from './ops/log-softmax.ts';
import { matmul } from './ops/matmul.ts';
import { maxPool, maxPoolGradient } from './ops/max-pool.ts';
import { reshape } from './ops/reshape.ts';
import { pad, slice } from './ops/slice.ts';
import { sum, sumTo } from './ops/sum.ts';
import { transpose } from './ops/transpose.ts';
import { where } from './ops/where.ts';
import { broadcastShapes } from './shape.ts';
import { withLabel } from './value.ts';

const leaf = (...shape: number[]) => parameter('leaf', shape);
const geometry = { stride: [1, 1], dilation: [1, 1], padding: [0, 0, 0, 0], groups: 1 } as const;

describe('shape rules', () => {
  it.each<[string, () => unknown]>([
    ['add', () => add(leaf(2, 3), leaf(2))],
    ['where', () => where(leaf(2), leaf(3), 0)],
    ['parameter "leaf"', () => leaf(2, 0)],
    ['constant', () => constant(new Float32Array(3), [2])],
    ['matmul', () => matmul(leaf(2, 3), leaf(2, 3))],
    ['matmul', () => matmul(leaf(2, 3, 1), leaf(3, 2))],
    ['conv', () => conv(leaf(4, 1, 1, 9), leaf(4, 4, 1, 3), { groups: 2 })],
    ['conv', () => conv(leaf(4, 1, 1, 2), leaf(4, 4, 1, 3))],
    ['conv', () => conv(leaf(4, 9), leaf(4, 4, 1, 3))],
    ['conv', () => conv(leaf(4, 1, 1, 9), leaf(4, 4, 3))],
    ['conv', () => conv(leaf(4, 1, 1, 9), leaf(4, 4, 1, 3), { padding: [0, 0, -1, 0] })],
    ['conv stride', () => conv(leaf(4, 1, 1, 9), leaf(4, 4, 1, 3), { stride: [1, 0] })],
    ['conv-input-gradient', () => convInputGradient(leaf(4, 1, 1, 9), leaf(4, 4, 1, 3), geometry, [4, 1, 1, 9])],
    ['conv-weight-gradient', () => convWeightGradient(leaf(4, 1, 1, 9), leaf(4, 1, 1, 9), geometry, [1, 3])],
    ['sum', () => sum(leaf(2, 3), [2])],
    ['sum', () => sum(leaf(2, 3), [0, 0])],
    ['sum', () => sumTo(leaf(2), [3, 2])],
    ['broadcast', () => broadcast(leaf(2, 3), [3])],
    ['reshape', () => reshape(leaf(2, 3), [5])],
    ['transpose', () => transpose(leaf(2, 3), [0])],
    ['slice', () => slice(leaf(2, 3), [0, 1], [2, 3])],
    ['pad', () => pad(leaf(2), [-1], [0])],
    ['concat', () => concat([leaf(2, 3), leaf(3, 3)], 1)],
    ['concat', () => concat([], 0)],
    ['max-pool', () => maxPool(leaf(1, 1, 1, 3), [2, 1])],
    ['max-pool-gradient', () => maxPoolGradient(leaf(1, 1, 2, 4), leaf(1, 1, 2, 4), { size: [2, 2], stride: [2, 2] })],
    ['log-softmax', () => logSoftmax(leaf(2), 1)],
    ['batch-statistics', () => batchStatistics(leaf(2))],
    ['batch-norm', () => batchNorm(leaf(2, 3), leaf(2, 2), leaf(2), leaf(2), 1e-5)],
    ['batch-norm-fixed', () => batchNormFixed(leaf(3, 3), leaf(2, 2), leaf(3), leaf(3), 1e-5)],
  ])('%s', (name, build) => {
    const error = expect.objectContaining({
      code: 'TRAIN_SHAPE',
      message: expect.stringMatching(new RegExp(`TRAIN_SHAPE: ${name}.*got .*`)) as string,
    }) as unknown as Error;
    expect(() => withLabel('block3.memory', build)).toThrow(error);
  });

  it('names the network node', () => {
    expect(() => withLabel('block3.memory', () => add(leaf(2), leaf(3)))).toThrow('add at "block3.memory": got shapes [2] and [3]');
    expect(() => add(leaf(2), leaf(3))).toThrow('add: got shapes [2] and [3]');
  });

  it('broadcasts from the last axis', () => {
    expect(broadcastShapes('add', [[], [3, 1], [2, 1, 4]])).toEqual([2, 3, 4]);
  });
});
