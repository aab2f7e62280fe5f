import { GraphBuilder } from '@bitvox/graph';
import { describe, expect, test } from 'vitest';
import { initialize } from './initialize.ts';
import { parameterGroups } from './parameter-groups.ts';
import { slotData, tensorsOf } from './slots.ts';

function network(channels: number, isLonger = false): ReturnType<GraphBuilder['build']> {
  const builder = new GraphBuilder('test');
  let x = builder.input({ channels: 8, frames: 5, scale: 1 });
  x = builder.prelu(builder.batchNorm(builder.conv1d(x, { channels, kernel: 2, bias: true, weights: { name: 'xnor', bits: 1 } }, 'first'), 'norm'), 'prelu');
  if (isLonger) x = builder.relu(x);
  builder.linear(builder.meanPool(x, 4), { channels: 3 }, 'last');
  return builder.build();
}

describe('initialize', () => {
  test('weights and biases fill their range evenly, the rest is neutral', () => {
    const tensors = initialize(network(256), 1);
    const weights = [...tensors.get('first/weight')!.data];
    expect(weights.length).toBe(256 * 16);
    expect(Math.max(...weights)).toBeLessThanOrEqual(0.25);
    expect(Math.max(...weights)).toBeGreaterThan(0.249);
    expect(Math.min(...weights)).toBeLessThan(-0.249);
    expect(Math.abs(weights.reduce((total, weight) => total + weight, 0) / weights.length)).toBeLessThan(0.01);
    expect(Math.max(...tensors.get('first/bias')!.data)).toBeLessThanOrEqual(0.25);
    expect([...tensors.keys()]).toEqual([
      'first/weight',
      'first/bias',
      'norm/gamma',
      'norm/beta',
      'norm/mean',
      'norm/variance',
      'prelu/slope',
      'last/weight',
      'last/bias',
    ]);
    expect(['norm/gamma', 'norm/beta', 'norm/mean', 'norm/variance', 'prelu/slope'].map((key) => tensors.get(key)!.data[0])).toEqual([1, 0, 0, 1, 0.25]);
  });

  test('depends on the seed and the name of the tensor only', () => {
    const [once, again, other] = [initialize(network(4), 1), initialize(network(4, true), 1), initialize(network(4), 2)];
    expect(once.get('first/weight')).toEqual(again.get('first/weight'));
    expect(once.get('last/weight')).not.toEqual(other.get('last/weight'));
  });

  test('golden: the first weights of a seed never change', () => {
    expect(Array.from(initialize(network(4), 42).get('first/weight')!.data.slice(0, 3))).toEqual([
      0.21351756155490875, -0.1441229283809662, -0.13103532791137695,
    ]);
  });
});

describe('slots', () => {
  test('hold all tensors and give them back', () => {
    const graph = network(4);
    const tensors = initialize(graph, 3);
    const slots = slotData(graph, tensors);
    expect([...slots.keys()]).toContain('state/norm/statistics');
    expect(tensorsOf(graph, (slot) => slots.get(slot)!)).toEqual(tensors);
  });

  test('name the tensor that is missing, frozen or of another shape', () => {
    const graph = network(4);
    const fails = (key: string, tensor?: object): void => {
      const tensors = new Map<string, never>([...initialize(graph, 3)] as never);
      tensors.delete(key);
      if (tensor !== undefined) tensors.set(key, tensor as never);
      expect(() => slotData(graph, tensors)).toThrow(expect.objectContaining({ code: 'TRAIN_TENSOR', message: expect.stringContaining(`"${key}"`) }));
    };
    fails('norm/mean');
    fails('first/weight', { type: 'b1', shape: [4, 8, 2], data: new Uint8Array(8) });
    fails('last/bias', { type: 'f32', shape: [4], data: new Float32Array(4) });
  });
});

describe('parameterGroups', () => {
  test('only weights decay, and the first rule that matches counts', () => {
    expect(parameterGroups(network(4), 0.1)).toEqual([
      { learningRateScale: 1, weightDecay: 0.1, parameters: ['first/weight', 'last/weight'] },
      { learningRateScale: 1, weightDecay: 0, parameters: ['first/bias', 'norm/gamma', 'norm/beta', 'prelu/slope', 'last/bias'] },
    ]);
    expect(
      parameterGroups(network(4), 0.1, [
        { bits: 1, weightDecay: 0 },
        { match: '*/weight', learningRateScale: 0.5 },
        { match: 'l*', learningRateScale: 2 },
      ]),
    ).toEqual([
      { learningRateScale: 1, weightDecay: 0, parameters: ['first/weight', 'first/bias', 'norm/gamma', 'norm/beta', 'prelu/slope'] },
      { learningRateScale: 0.5, weightDecay: 0.1, parameters: ['last/weight'] },
      { learningRateScale: 2, weightDecay: 0, parameters: ['last/bias'] },
    ]);
  });
});
