/** Training of a network that can be thinned, from a float twin and with its features as an example. */
import { Random } from '@bitvox/ternary-prng';
import { expect, test } from 'vitest';
import { wasmExecutor } from '../exec/wasm/executor.ts';
import { SMALLEST_SLOPE } from '../network/bounds.ts';
import { initialize, initializeFrom } from '../network/initialize.ts';
import { type Precision, thinnable, THINNABLE } from '../network/testing/thinnable.ts';
import { adamw } from '../optimizers/index.ts';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts';
import type { Batch, TrainingData } from './data.ts';
import type { TrainingEvent } from './events.ts';
import { createPredictor } from './predictor.ts';
import type { Recipe } from './recipe.ts';
import { train, type TrainOptions } from './train.ts';

const BATCH = 16;
const executor = wasmExecutor({ poison: true });
const { channels, frames, classes } = THINNABLE;

/** Clips whose class is the band with a step in it, in noise. */
function makeBatch(seed: number, index: number): Batch {
  const random = new Random(seed, index);
  const labels = Uint8Array.from({ length: BATCH }, () => random.below(classes));
  const inputs = Float32Array.from({ length: channels * BATCH * frames }, (_, at) => {
    const [channel, clip, frame] = [Math.floor(at / (BATCH * frames)), Math.floor(at / frames) % BATCH, at % frames];
    return 0.4 * random.normal() + (Math.floor(channel / 2) === labels[clip] ? (frame < 4 ? 1 : -1) : 0);
  });
  return { inputs, labels };
}

const data: TrainingData = { batchesPerEpoch: 12, epoch: (epoch) => Array.from({ length: 12 }, (_, index) => makeBatch(epoch, index)) };
const validation = { batches: () => [makeBatch(100, 0), makeBatch(100, 1), makeBatch(100, 2)] };
const RECIPE: Recipe = { seed: 3, epochs: 6, batch: BATCH, optimizer: adamw(), schedule: { kind: 'constant', rate: 0.01 }, keep: 'last' };
const NODES = ['block-0', 'block-1'];

async function run(options: Partial<TrainOptions> & Pick<TrainOptions, 'graph'>, recipe: Partial<Recipe> = {}): Promise<TrainingEvent[]> {
  const events: TrainingEvent[] = [];
  for await (const event of train({ data, validation, executor, checkpointEvery: 0, ...options, recipe: { ...RECIPE, ...recipe } })) events.push(event);
  return events;
}

const ofType = <Type extends TrainingEvent['type']>(events: readonly TrainingEvent[], type: Type) =>
  events.filter((event): event is Extract<TrainingEvent, { type: Type }> => event.type === type);

async function taught(precision: Precision) {
  const [teacher] = thinnable('float');
  const tensors = ofType(await run({ graph: teacher.graph }), 'done')[0]!.tensors;
  const levels = thinnable(precision);
  const options = { graph: levels[0].graph, levels, initial: initializeFrom(levels, 3, tensors), teacher: { graph: teacher.graph, tensors } };
  const distillation = { features: 'independent', weight: 0.01, nodes: NODES, logits: true } as const;
  return { levels, tensors, options, distillation };
}

test('a thinnable student of a float teacher learns at every level, and what is handed out is what was measured', async () => {
  const { levels, options, distillation } = await taught('dual-scale');
  const events = await run(options, {
    distillation,
    average: 0.9,
    calibrationBatches: 4,
    latentBound: 1.5,
    groups: [{ match: '*/theta-*', learningRateScale: 0.1 }],
  });
  const last = ofType(events, 'validation').at(-1)!;
  expect(last.accuracy).toBeGreaterThan(0.9);
  expect(last.thinner).toEqual([expect.objectContaining({ level: '0.5x', clips: 3 * BATCH })]);
  expect(last.thinner![0]!.accuracy).toBeGreaterThan(0.8);
  const { tensors } = ofType(events, 'done')[0]!;
  for (const [at, { graph }] of levels.entries()) {
    const predictor = await createPredictor(graph, tensors, { executor, batch: BATCH });
    expect((await predictor.measure(validation.batches())).accuracy).toBe([last, ...last.thinner!][at]!.accuracy);
  }
});

test('a resumed training equals an uninterrupted one, thresholds, running numbers and the share of the training included', async () => {
  const { options, distillation } = await taught('dual-scale');
  const recu = thinnable('recu');
  for (const training of [
    { options, recipe: { distillation, epochs: 2 } },
    { options: { graph: recu[0].graph, levels: recu }, recipe: { epochs: 2 } },
  ]) {
    const whole = await run(training.options, training.recipe);
    const controller = new AbortController();
    const before: TrainingEvent[] = [];
    for await (const event of train({
      data,
      validation,
      executor,
      ...training.options,
      recipe: { ...RECIPE, ...training.recipe },
      signal: controller.signal,
    })) {
      before.push(event);
      if (event.type === 'step' && event.step === 15) controller.abort();
    }
    const checkpoint = decodeCheckpoint(encodeCheckpoint(ofType(before, 'stopped')[0]!.checkpoint));
    expect(ofType(await run({ ...training.options, checkpoint }, training.recipe), 'done')).toEqual(ofType(whole, 'done'));
  }
});

test('a teacher that computes as if it were trained teaches something else', async () => {
  const { options, distillation } = await taught('sign');
  const lossOf = async (batchStatistics: boolean): Promise<number> => {
    const events = await run(options, { distillation: { ...distillation, weight: 1, batchStatistics }, epochs: 1 });
    return ofType(events, 'step')[0]!.loss;
  };
  expect(Math.abs((await lossOf(true)) - (await lossOf(false)))).toBeGreaterThan(1e-4);
});

test('slopes before signs are brought back above 0, others are left', async () => {
  const levels = thinnable('sign');
  const initial = new Map(
    [...initialize(levels, 3)].map(([name, tensor]) => [name, name.endsWith('/slope') ? { ...tensor, data: Float32Array.of(-1) } : tensor]),
  );
  const { tensors } = ofType(await run({ graph: levels[0].graph, levels, initial }, { epochs: 1 }), 'done')[0]!;
  const slope = (name: string): number => tensors.get(`${name}/slope`)!.data[0]!;
  expect(slope('block-0-expand-prelu')).toBeGreaterThanOrEqual(SMALLEST_SLOPE);
  expect(slope('block-0-memory-prelu')).toBeLessThan(-0.5);
});

test('what does not fit is named', async () => {
  const { levels, options, distillation } = await taught('sign');
  const failure = async (changes: Partial<TrainOptions>, recipe: Partial<Recipe>): Promise<unknown> =>
    run({ ...options, ...changes }, { distillation, ...recipe }).then(
      () => undefined,
      (error: unknown) => error,
    );
  const absent = { ...distillation, nodes: ['block-0', 'block-7'] };
  expect(await failure({}, { distillation: absent })).toMatchObject({ code: 'TRAIN_NETWORK', message: expect.stringContaining('"block-7"') });
  expect(await failure({}, { levelWeights: [1] })).toMatchObject({ code: 'TRAIN_RECIPE', message: expect.stringContaining('levelWeights') });
  expect(await failure({ graph: levels[1].graph }, {})).toMatchObject({ code: 'TRAIN_NETWORK' });
});
