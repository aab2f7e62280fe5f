import { SPEC98X40 } from '@bitvox/features';
import { GraphBuilder, type Graph, type Model, type QuantizerTag } from '@bitvox/graph';
import { describe, expect, test } from 'vitest';
import { evaluate, type Example } from '../evaluate/evaluate.ts';
import { spot } from '../evaluate/spot.ts';
import { lower } from '../lower/lower.ts';
import { Dice, randomFrames, randomModel } from '../random-model.fixture.ts';
import { createSession } from './session.ts';

type Tags = { readonly weights: QuantizerTag | null; readonly activations: QuantizerTag | null };
const FLOAT: Tags = { weights: null, activations: null };
const BINARY: Tags = { weights: { name: 'xnor', bits: 1 }, activations: { name: 'sign', bits: 1 } };
const eightBit = (range: number): Tags => ({ weights: { name: 'int8-weights', bits: 8 }, activations: { name: 'int8', bits: 8, range } });

/** A network of one second of the default front end, wide enough for the fast matrix products. */
function network(kind: 'float' | 'binary' | 'int8', channels: number): Graph {
  const inner = { float: FLOAT, binary: BINARY, int8: eightBit(4) }[kind];
  const [first, last] = kind === 'float' ? [FLOAT, FLOAT] : [eightBit(2), eightBit(4)];
  const builder = new GraphBuilder(kind);
  const input = builder.input({ channels: 40, frames: 98, scale: 2 ** -6 });
  let x = builder.prelu(builder.batchNorm(builder.conv1d(input, { channels, kernel: 5, stride: 3, ...first })));
  for (let block = 0; block < 2; block++) {
    const memory = builder.depthwiseConv1d(x, { kernel: 5, padding: [2, 2], ...inner });
    const m = builder.add(builder.prelu(builder.batchNorm(memory)), x);
    const u = builder.prelu(builder.batchNorm(builder.conv1d(m, { channels: 2 * channels, ...inner })));
    x = builder.add(builder.prelu(builder.batchNorm(builder.conv1d(u, { channels, ...inner }))), m);
  }
  builder.softmax(builder.linear(builder.batchNorm(builder.meanPool(x, 32)), { channels: 3, ...last }));
  return builder.build();
}

const withAudio = (model: Model): Model => ({
  ...model,
  labels: ['yes', 'no', 'silence'],
  features: SPEC98X40 as unknown as Model['features'],
  decision: { smoothing: 100, thresholds: { yes: 0.2, no: 0.2 }, refractory: 500 },
});

/** Noise that comes and goes. */
function audio(seed: number, samples: number): Int16Array {
  const dice = new Dice(seed);
  return Int16Array.from({ length: samples }, (_, at) => dice.integer(-8000, 8000) * Math.abs(Math.sin(at / 3000)));
}

describe.each(['binary', 'int8', 'float'] as const)('a %s network of realistic width', (kind) => {
  // The first runs are executed by the baseline compiler of the engine, the last by the optimising one.
  test('gives the same scores on both backends, before and after the engine has optimised', () => {
    const program = lower(randomModel(network(kind, 64), 5));
    const session = createSession(program, { backend: 'wasm', poison: 0xa5 });
    const inputs = [1, 2].map((seed) => randomFrames(seed, 98, 40));
    const expected = inputs.map((input) => createSession(program, { backend: 'reference' }).run(input));
    for (let run = 0; run < 400; run++) {
      const scores = session.run(inputs[run % 2]!);
      if (run < 4 || run > 390) expect(scores).toEqual(expected[run % 2]);
    }
    expect(new Set(expected[0]!.values).size).toBeGreaterThan(1);
  });
});

test('a clip longer than the network was made for gives one score per window', () => {
  const program = lower(randomModel(network('binary', 8), 5));
  const input = randomFrames(3, 300, 40);
  const [reference, wasm] = (['reference', 'wasm'] as const).map((backend) => createSession(program, { backend }).run(input));
  expect(wasm).toEqual(reference);
  expect(wasm!.frames).toBe(Math.floor((300 - 5) / 3) + 1 - 31);
});

test('audio in pieces gives the scores of its frames, with the time of the newest sample heard', () => {
  const session = createSession(withAudio(randomModel(network('binary', 8), 5)));
  const samples = audio(1, 32_000);
  const collect = (size: number) => {
    const stream = session.stream({ block: 7 });
    const found: { time: number; logits: number[] }[] = [];
    for (let at = 0; at < samples.length; at += size)
      stream.push(samples.slice(at, at + size), ({ time, logits }) => found.push({ time, logits: [...logits] }));
    stream.flush(({ time, logits }) => found.push({ time, logits: [...logits] }));
    return found;
  };
  const whole = collect(32_000);
  expect(collect(997)).toEqual(whole);
  // The last of 98 frames begins at 970 ms; a pooling window of 32 and look-ahead of two blocks need a few more.
  expect(whole[0]!.time).toBeGreaterThanOrEqual(980);
  expect(whole.at(-1)!.time).toBeLessThanOrEqual(2000);
  expect(whole[1]!.time - whole[0]!.time).toBeCloseTo(session.stream().step);
});

test('clips of audio are evaluated', async () => {
  const session = createSession(withAudio(randomModel(network('binary', 8), 5)));
  const examples: Example[] = Array.from({ length: 6 }, (_, index) => ({
    id: `clip-${index}`,
    label: index < 4 ? 'yes' : 'no',
    input: audio(index, 16_000 - 1000 * index),
  }));
  const found = await evaluate(session, examples);
  expect(found.clips).toBe(6);
  expect(found.confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(6);
  expect(found.perLabel['yes']!.clips).toBe(4);
  expect(found.correct + found.mistakes.length).toBe(6);
  expect(found.accuracy).toBe(found.correct / 6);
  const frames = await evaluate(session, [{ id: 'frames', label: 'silence', input: randomFrames(1, 98, 40) }]);
  expect(frames.clips).toBe(1);
  await expect(evaluate(session, [{ id: 'odd', label: 'maybe', input: new Uint8Array(98 * 40) }])).rejects.toThrow(/RUNTIME_EVALUATION.*odd/);
});

test('words are spotted in a recording', async () => {
  const session = createSession(withAudio(randomModel(network('binary', 8), 5)));
  const decision = { smoothing: 0, refractory: 400, thresholds: { yes: 0, no: 0, silence: 0 } };
  const found = await spot(session, audio(2, 48_000), { decision });
  expect(found.length).toBeGreaterThan(2);
  found.slice(1).forEach(({ time }, index) => expect(time - found[index]!.time).toBeGreaterThanOrEqual(400));
});

describe('misuse is refused', () => {
  const session = createSession(randomModel(network('binary', 8), 5), { backend: 'reference' });
  const ignore = (): void => undefined;

  test('frames of another width', () => {
    expect(() => session.run(new Uint8Array(41))).toThrow('RUNTIME_INPUT');
    expect(() => session.run([] as unknown as Uint8Array)).toThrow('RUNTIME_INPUT');
  });

  test('audio without a front end, or with one of another width', () => {
    expect(() => session.runClip(new Int16Array(16_000))).toThrow('RUNTIME_FEATURES');
    expect(() => session.stream().push(new Int16Array(16_000), ignore)).toThrow('RUNTIME_FEATURES');
    const model = withAudio(randomModel(network('binary', 8), 5));
    const narrow = createSession({ ...model, features: { ...model.features, bands: 20 } });
    expect(() => narrow.runClip(new Int16Array(16_000))).toThrow(/RUNTIME_FEATURES.*20/);
  });

  test('a stream after its end', () => {
    const stream = session.stream();
    stream.flush(ignore);
    expect(() => stream.pushFrames(new Uint8Array(40), ignore)).toThrow('RUNTIME_ENDED');
    expect(() => stream.flush(ignore)).toThrow('RUNTIME_ENDED');
    stream.reset();
    stream.pushFrames(new Uint8Array(40), ignore);
  });

  test('a network that would take the machine', () => {
    const builder = new GraphBuilder('huge');
    const input = builder.input({ channels: 4000, frames: 1_000_000, scale: 2 ** -6 });
    builder.linear(input, { channels: 3 });
    const program = lower(randomModel(builder.build(), 1));
    for (const backend of ['reference', 'wasm'] as const) expect(() => createSession(program, { backend })).toThrow('RUNTIME_MEMORY');
  });

  test('options out of range', () => {
    expect(() => session.stream({ block: 0 })).toThrow('RUNTIME_OPTION');
    expect(() => createSession(session.program, { backend: 'gpu' as 'wasm' })).toThrow('RUNTIME_OPTION');
  });
});

test.each(['reference', 'wasm'] as const)('clips one after the other are what each is alone (%s)', (backend) => {
  const program = lower(randomModel(network('int8', 24), 5));
  const session = createSession(program, { backend, poison: 0x5a });
  for (const [seed, frames] of [98, 98, 98, 97, 98, 98, 120, 98, 0, 98].entries()) {
    const input = randomFrames(seed, frames, 40);
    const alone = createSession(program, { backend, poison: 0xa5 }).run(input);
    expect(session.run(input)).toEqual(alone);
    expect(session.run(input)).toEqual(alone);
  }
});
