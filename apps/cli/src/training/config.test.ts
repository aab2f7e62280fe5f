import { summarize } from '@bitvox/graph';
import { expect, test } from 'vitest';
import { graphOf, levelsOf, resolveConfig } from './config.ts';
import { bifsmnOptionsSchema } from './settings.ts';

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
  [{ levels: ['1x', '0.5x'] }, 'levels'],
  [{ model: 'bifsmn', levels: ['0.5x', '1x'] }, 'levels'],
  [{ model: 'bifsmn', levels: ['1x', '1x'] }, 'levels'],
  [{ model: 'bifsmn', modelOptions: { blocks: 6 } }, 'modelOptions.blocks'],
  [{ model: 'bifsmn', modelOptions: { binarizer: 'coin' } }, 'modelOptions.binarizer'],
  [{ model: 'bifsmn', modelOptions: { colour: 'red' } }, 'modelOptions'],
  [{ distillation: { features: 'none' } }, 'distillation'],
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

test('a BiFSMN is trained at every depth at 1 bit, and learns from a teacher as its paper says', () => {
  const v1 = resolveConfig({ model: 'bifsmn' }, {});
  expect(v1).toMatchObject({ levels: ['1x', '0.5x', '0.25x'], distillation: { features: 'enhanced', weight: 0.01, logits: false }, slowRate: 0.1 });
  expect(resolveConfig({ model: 'bifsmn-v2' }, {}).distillation).toEqual({ features: 'independent', weight: 0.01, logits: true, batchStatistics: false });
  expect(resolveConfig({ model: 'bifsmn', bits: 32 }, {}).levels).toEqual(['1x']);
  expect(levelsOf(v1, 12).map(({ name }) => name)).toEqual(['1x', '0.5x', '0.25x']);
  expect(levelsOf(resolveConfig({ model: 'bifsmn-v2', levels: ['1x', '0.25x'] }, {}), 12).map(({ name }) => name)).toEqual(['1x', '0.25x']);
  expect(summarize(graphOf(resolveConfig({ model: 'bifsmn-v2' }, {}), 12)).binaryMacs).toBe(2 * summarize(graphOf(v1, 12)).binaryMacs);
});

test('the defaults that the reference page gives for a BiFSMN are those of the network', () => {
  const given = bifsmnOptionsSchema.parse({});
  expect(graphOf(resolveConfig({ model: 'bifsmn', modelOptions: given }, {}), 12)).toEqual(graphOf(resolveConfig({ model: 'bifsmn' }, {}), 12));
});
