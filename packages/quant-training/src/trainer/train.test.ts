import { type Graph, GraphBuilder } from '@bitvox/graph';
import { Random } from '@bitvox/ternary-prng';
import { describe, expect, test } from 'vitest';
import { referenceExecutor } from '../exec/reference.ts';
import { wasmExecutor } from '../exec/wasm/executor.ts';
import type { CompiledStep, Executor } from '../ir/types.ts';
import { initialize } from '../network/initialize.ts';
import { adam, adamw } from '../optimizers/index.ts';
import { calibrate } from './calibrate.ts';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts';
import type { Batch, TrainingData } from './data.ts';
import type { DoneEvent, TrainingEvent } from './events.ts';
import { createPredictor } from './predictor.ts';
import type { Recipe } from './recipe.ts';
import { train, type TrainOptions } from './train.ts';

/** The reference with persistent numbers kept in f32 as every fast executor keeps them, so that checkpoints hold all there is. */
const singlePrecision: Executor = {
  name: 'reference-f32',
  async compile(step) {
    const compiled = await referenceExecutor.compile(step);
    const run = compiled.run.bind(compiled);
    const runRounded: CompiledStep['run'] = async (scalars) => {
      await run(scalars);
      for (const slot of compiled.slots()) compiled.write(slot, compiled.read(slot));
    };
    return Object.assign(compiled, { run: runRounded });
  },
};

const CHANNELS = 4;
const FRAMES = 6;
const CLASSES = 3;
const BATCH = 8;

function network(bits: 1 | 32, rate = 0): Graph {
  const binary = bits === 1 ? ({ weights: { name: 'xnor', bits: 1 }, activations: { name: 'sign', bits: 1 } } as const) : {};
  const builder = new GraphBuilder('toy');
  let x = builder.input({ channels: CHANNELS, frames: FRAMES, scale: 2 ** -6 });
  x = builder.prelu(builder.batchNorm(builder.conv1d(x, { channels: 8, kernel: 3 }, 'front'), 'front-norm'));
  x = builder.add(builder.prelu(builder.batchNorm(builder.conv1d(x, { channels: 8, ...binary }, 'inner'), 'inner-norm')), x);
  x = builder.dropout(builder.meanPool(x, 4), rate);
  builder.softmax(builder.linear(x, { channels: CLASSES }, 'classifier'));
  return builder.build();
}

/** Clips whose class is the channel with a rising ramp, in noise. */
function makeBatch(seed: number, epoch: number, index: number, clips = BATCH): Batch {
  const random = new Random(seed, epoch, index);
  const labels = Uint8Array.from({ length: clips }, () => random.below(CLASSES));
  const inputs = Float32Array.from({ length: CHANNELS * clips * FRAMES }, (_, at) => {
    const [channel, clip, frame] = [Math.floor(at / (clips * FRAMES)), Math.floor(at / FRAMES) % clips, at % FRAMES];
    return 0.5 * random.normal() + (labels[clip] === channel ? frame / 2 - 1 : 0);
  });
  return { inputs, labels };
}

function toyData(batchesPerEpoch: number): TrainingData {
  return {
    batchesPerEpoch,
    *epoch(epoch) {
      for (let index = 0; index < batchesPerEpoch; index++) yield makeBatch(1, epoch, index);
    },
  };
}

const data = toyData(6);
const validation = { batches: () => [makeBatch(2, 0, 0, 20), makeBatch(2, 0, 1, 5)] };
const RECIPE: Recipe = { seed: 7, epochs: 3, batch: BATCH, optimizer: adam(), schedule: { kind: 'cosine', peak: 0.02, warmup: 2, steps: 18 } };

const EXECUTORS: readonly [string, Executor][] = [
  ['reference', singlePrecision],
  ['wasm', wasmExecutor({ poison: true })],
];

function options(changes: Partial<TrainOptions> = {}, recipe: Partial<Recipe> = {}): TrainOptions {
  return { graph: network(1), data, validation, executor: singlePrecision, ...changes, recipe: { ...RECIPE, ...recipe } };
}

async function collect(trainOptions: TrainOptions): Promise<TrainingEvent[]> {
  const events: TrainingEvent[] = [];
  for await (const event of train(trainOptions)) events.push(event);
  return events;
}

const ofType = <Type extends TrainingEvent['type']>(events: readonly TrainingEvent[], type: Type): Extract<TrainingEvent, { type: Type }>[] =>
  events.filter((event): event is Extract<TrainingEvent, { type: Type }> => event.type === type);

const doneOf = (events: readonly TrainingEvent[]): DoneEvent => ofType(events, 'done')[0]!;

async function failure(trainOptions: TrainOptions): Promise<unknown> {
  return collect(trainOptions).then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('events', () => {
  test.each(EXECUTORS)('come in order, and a binary network learns (%s)', async (_, executor) => {
    const events = await collect(options({ executor, checkpointEvery: 2 }, { epochs: 4 }));
    const epoch = ['step', 'step', 'step', 'step', 'step', 'step', 'epoch', 'validation'];
    expect(events.map(({ type }) => type)).toEqual(['start', ...epoch, ...epoch, 'checkpoint', ...epoch, ...epoch, 'checkpoint', 'done']);
    expect(events[0]).toMatchObject({ type: 'start', epochs: 4, steps: 24, finishedSteps: 0, parameters: 8 * 4 * 3 + 8 * 8 + 4 * 8 + 2 + 3 * 8 + 3 });
    const epochs = ofType(events, 'epoch');
    expect(epochs.at(-1)!.loss).toBeLessThan(0.75 * epochs[0]!.loss);
    expect(doneOf(events).accuracy).toBeGreaterThan(0.85);
    const steps = ofType(events, 'step');
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 24 }, (_, at) => at + 1));
    for (const { waiting, clipsPerSecond } of steps) expect(waiting >= 0 && waiting <= 1 && clipsPerSecond > 0).toBe(true);
    expect(epochs[0]!.accuracy).toBeCloseTo(steps.slice(0, 6).reduce((total, { accuracy }) => total + accuracy, 0) / 6, 12);
  });

  test('nothing happens before the first event is asked for, and leaving the loop frees the step', async () => {
    let live = 0;
    const counting: Executor = {
      name: 'counting',
      async compile(step) {
        const compiled = await singlePrecision.compile(step);
        live++;
        const dispose = compiled.dispose.bind(compiled);
        return Object.assign(compiled, { dispose: () => (live--, dispose()) });
      },
    };
    const training = train(options({ executor: counting }));
    expect(live).toBe(0);
    for await (const event of training) if (event.type === 'validation') break;
    expect(live).toBe(0);
  });
});

describe.each(EXECUTORS)('determinism (%s)', (_, executor) => {
  const recipe: Partial<Recipe> = { average: 0.9, latentBound: 0.3, calibrationBatches: 2, weightDecay: 0.01, optimizer: adamw(), labelSmoothing: 0.1 };

  test('the same seed gives the same bits, another seed others', async () => {
    const [once, again, other] = await Promise.all(
      [{}, {}, { seed: 8 }].map((change) => collect(options({ executor, graph: network(1, 0.2) }, { ...recipe, ...change }))),
    );
    expect(doneOf(once!)).toEqual(doneOf(again!));
    expect(doneOf(other!).tensors).not.toEqual(doneOf(once!).tensors);
  });

  test.each(['best', 'last'] as const)('a resumed training equals an uninterrupted one (keep: %s)', async (keep) => {
    const all = options({ executor, graph: network(1, 0.2) }, { ...recipe, keep });
    const whole = await collect(all);
    const controller = new AbortController();
    const before: TrainingEvent[] = [];
    for await (const event of train({ ...all, signal: controller.signal })) {
      before.push(event);
      if (event.type === 'step' && event.step === 9) controller.abort();
    }
    expect(before.at(-1)!.type).toBe('stopped');
    const checkpoint = decodeCheckpoint(encodeCheckpoint(ofType(before, 'stopped')[0]!.checkpoint));
    expect(checkpoint.position).toEqual({ epoch: 1, batch: 3, step: 9 });
    const after = await collect({ ...all, checkpoint });
    expect(after[0]).toMatchObject({ type: 'start', finishedSteps: 9 });
    const losses = (events: readonly TrainingEvent[]): number[] => ofType(events, 'step').map(({ loss }) => loss);
    expect([...losses(before), ...losses(after)]).toEqual(losses(whole));
    const validations = (events: readonly TrainingEvent[]): TrainingEvent[] => ofType(events, 'validation');
    expect([...validations(before), ...validations(after)]).toEqual(validations(whole));
    expect(ofType(after, 'epoch')[0]).toMatchObject({ epoch: 1, loss: ofType(whole, 'epoch')[1]!.loss });
    expect(doneOf(after)).toEqual(doneOf(whole));
  });

  test('a checkpoint of the end gives the same result at once', async () => {
    const whole = await collect(options({ executor }, recipe));
    const { checkpoint } = ofType(whole, 'checkpoint').at(-1)!;
    const again = await collect(options({ executor, checkpoint }, recipe));
    expect(again.map(({ type }) => type)).toEqual(['start', 'done']);
    expect(doneOf(again)).toEqual(doneOf(whole));
  });

  test('a checkpoint of another recipe or graph is refused', async () => {
    const { checkpoint } = ofType(await collect(options({ executor }, { epochs: 1 })), 'checkpoint')[0]!;
    expect(await failure(options({ executor, checkpoint }, { epochs: 2 }))).toMatchObject({ code: 'TRAIN_CHECKPOINT' });
    expect(await failure(options({ executor, checkpoint, graph: network(32) }, { epochs: 1 }))).toMatchObject({ code: 'TRAIN_CHECKPOINT' });
    expect(await failure(options({ executor, checkpoint, data: toyData(7) }, { epochs: 1 }))).toMatchObject({ code: 'TRAIN_CHECKPOINT' });
    const slots = new Map([...checkpoint.slots].filter(([slot]) => slot !== 'moment1/front/weight'));
    const incomplete = options({ executor, checkpoint: { ...checkpoint, slots } }, { epochs: 1 });
    expect(await failure(incomplete)).toMatchObject({ code: 'TRAIN_CHECKPOINT', message: expect.stringContaining('"moment1/front/weight"') });
  });
});

describe('recipes', () => {
  test('a latent bound holds binary weights and nothing else', async () => {
    const { tensors } = doneOf(await collect(options({}, { latentBound: 0.05, schedule: { kind: 'constant', rate: 0.05 }, keep: 'last' })));
    const largest = (key: string): number => Math.max(...tensors.get(key)!.data.map(Math.abs));
    expect(largest('inner/weight')).toBe(Math.fround(0.05));
    expect(largest('front/weight')).toBeGreaterThan(0.3);
  });

  test('a frozen group does not move', async () => {
    const { tensors } = doneOf(await collect(options({}, { groups: [{ match: 'front/*', learningRateScale: 0 }], optimizer: adamw(), weightDecay: 0.1 })));
    const initial = initialize(network(1), RECIPE.seed);
    expect(tensors.get('front/weight')).toEqual(initial.get('front/weight'));
    expect(tensors.get('inner/weight')).not.toEqual(initial.get('inner/weight'));
  });

  test('a teacher replaces labels', async () => {
    const teacher = doneOf(await collect(options({ graph: network(32) }, { epochs: 4 })));
    const unlabelled: TrainingData = {
      batchesPerEpoch: 6,
      *epoch(epoch) {
        for (const batch of data.epoch(epoch) as Iterable<Batch>) yield { ...batch, labels: batch.labels.map(() => 0) };
      },
    };
    const taught = { data: unlabelled, teacher: { graph: network(32), tensors: teacher.tensors } };
    const distilled = doneOf(await collect(options(taught, { epochs: 4, distillation: { weight: 1, temperature: 2 } })));
    expect(distilled.accuracy).toBeGreaterThan(0.8);
    expect(await failure(options(taught))).toMatchObject({ code: 'TRAIN_RECIPE' });
    expect(await failure(options({}, { distillation: { weight: 1, temperature: 2 } }))).toMatchObject({ code: 'TRAIN_RECIPE' });
  });

  test('what is handed out is what was measured', async () => {
    const done = doneOf(await collect(options({}, { average: 0.9, calibrationBatches: 6 })));
    const predictor = await createPredictor(network(1), done.tensors, { executor: referenceExecutor, batch: 3 });
    expect((await predictor.measure(validation.batches())).accuracy).toBe(done.accuracy);
    predictor.dispose();
  });

  test.each<[string, Partial<Recipe>]>([
    ['seed', { seed: 0.5 }],
    ['epochs', { epochs: 0 }],
    ['batch', { batch: -1 }],
    ['labelSmoothing', { labelSmoothing: 1 }],
    ['average', { average: 1 }],
    ['latentBound', { latentBound: 0 }],
    ['validateEvery', { validateEvery: 0 }],
    ['weight decay', { weightDecay: -1 }],
  ])('names the bad setting %s', async (name, change) => {
    expect(await failure(options({}, change))).toMatchObject({ code: 'TRAIN_RECIPE', message: expect.stringContaining(name) });
  });
});

describe('data', () => {
  test('may come asynchronously and use its buffers again', async () => {
    const reused: TrainingData = {
      batchesPerEpoch: 6,
      async *epoch(epoch) {
        const batch = makeBatch(1, epoch, 0);
        for (let index = 0; index < 6; index++) {
          const fresh = makeBatch(1, epoch, index);
          batch.inputs.set(fresh.inputs);
          batch.labels.set(fresh.labels);
          yield batch;
        }
      },
    };
    expect(doneOf(await collect(options({ data: reused })))).toEqual(doneOf(await collect(options())));
  });

  test('is closed when the loop is left', async () => {
    let isOpen = false;
    const watched: TrainingData = {
      batchesPerEpoch: 6,
      *epoch(epoch) {
        isOpen = true;
        try {
          yield* data.epoch(epoch) as Iterable<Batch>;
        } finally {
          isOpen = false;
        }
      },
    };
    for await (const event of train(options({ data: watched }))) if (event.type === 'step') break;
    expect(isOpen).toBe(false);
  });

  test.each<[string, TrainingData]>([
    ['ended after 5 batches', { batchesPerEpoch: 6, epoch: () => toyData(5).epoch(0) }],
    ['batches per epoch', { batchesPerEpoch: 0, epoch: () => [] }],
    ['a batch of 7 labels', { batchesPerEpoch: 1, epoch: () => [makeBatch(1, 0, 0, 7)] }],
    ['numbers for 8 clips', { batchesPerEpoch: 1, epoch: () => [{ ...makeBatch(1, 0, 0), inputs: new Float32Array(5) }] }],
    ['the label 3', { batchesPerEpoch: 1, epoch: () => [{ ...makeBatch(1, 0, 0), labels: new Uint8Array(8).fill(3) }] }],
  ])('that does not fit is refused: %s', async (message, bad) => {
    expect(await failure(options({ data: bad }))).toMatchObject({ code: 'TRAIN_DATA', message: expect.stringContaining(message) });
  });

  test('that is not finite stops the training', async () => {
    const batch = makeBatch(1, 0, 0);
    const broken: TrainingData = { batchesPerEpoch: 1, epoch: () => [{ ...batch, inputs: batch.inputs.map(() => Number.NaN) }] };
    const error = (await failure(options({ data: broken }))) as Error;
    expect(error).toMatchObject({ code: 'TRAIN_NOT_FINITE', message: expect.stringContaining('step 1 ') });
    expect(error.message).toContain('first at input (input)');
  });
});

test('a predictor gives the same logits for any batch, and calibration changes statistics only', async () => {
  const graph = network(1);
  const tensors = initialize(graph, 1);
  const { inputs, labels } = makeBatch(4, 0, 0, 10);
  const logits = await Promise.all(
    [1, 4, 10, 16].map(async (batch) => (await createPredictor(graph, tensors, { executor: referenceExecutor, batch })).predict(inputs, labels.length)),
  );
  for (const other of logits.slice(1)) expect(other).toEqual(logits[0]);
  const calibrated = await calibrate({ graph, tensors, batches: data.epoch(0), batch: BATCH, executor: referenceExecutor });
  const changed = [...tensors.keys()].filter((key) => calibrated.get(key)!.data.some((value, at) => value !== tensors.get(key)!.data[at]));
  expect(changed).toEqual(['front-norm/mean', 'front-norm/variance', 'inner-norm/mean', 'inner-norm/variance']);
});
