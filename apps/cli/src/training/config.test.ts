import { summarize } from '@bitvox/graph';
import { expect, test } from 'vitest';
import { graphOf, resolveConfig } from './config.ts';

test('defaults depend on the width, and options override the file', () => {
  expect(resolveConfig({}, {})).toMatchObject({
    model: 'dfsmn',
    bits: 1,
    learningRate: 0.01,
    weightDecay: 0,
    augmentation: { timeShift: 10, timeMasks: { count: 0 } },
  });
  expect(resolveConfig({ bits: 32 }, {})).toMatchObject({ learningRate: 0.005, labelSmoothing: 0.1, augmentation: { timeMasks: { count: 2 } } });
  expect(resolveConfig({ bits: 32, epochs: 5, augmentation: null }, { bits: 8, epochs: undefined, seed: 7 })).toMatchObject({
    bits: 8,
    epochs: 5,
    seed: 7,
    augmentation: null,
  });
});

test.each([
  [{ epochs: 0 }, 'epochs'],
  [{ bits: 2 }, 'bits'],
  [{ learningrate: 0.1 }, 'learningrate'],
  [{ augmentation: { noise: { probability: 2, gain: [0, 0] } } }, 'augmentation.noise.probability'],
])('%j is refused and named', (file, field) => {
  expect(() => resolveConfig(file, {})).toThrow(expect.objectContaining({ code: 'CLI_OPTION', message: expect.stringContaining(field) }));
});

test('a config names its network', () => {
  const small = graphOf(resolveConfig({ modelOptions: { channels: 16, hidden: 16, blocks: 1 } }, {}), 3);
  expect(summarize(small).parametersByBits.has(1)).toBe(true);
  expect(summarize(graphOf(resolveConfig({ model: 'separable', bits: 32 }, {}), 12)).parametersByBits.has(1)).toBe(false);
  expect(graphOf(resolveConfig({}, {}), 5).nodes.at(-1)!.shape.channels).toBe(5);
});
