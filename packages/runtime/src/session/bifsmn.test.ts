import { bifsmn, BIFSMN_LEVELS, bifsmnLevels } from '@bitvox/models';
import { inputOf, type Model } from '@bitvox/graph';
import { describe, expect, test } from 'vitest';
import { describeProgram } from '../describe.ts';
import { evaluate } from '../evaluate/evaluate.ts';
import { lower } from '../lower/lower.ts';
import { outputsOf, type Program } from '../program.ts';
import { randomFrames, randomModel } from '../random-model.fixture.ts';
import { createSession } from './session.ts';

const BINARIZERS = ['bifsmn', 'bifsmn-v2', 'react'] as const;
const framesOf = ({ graph }: Model, seed: number): Uint8Array => {
  const { channels, frames } = inputOf(graph).attributes;
  return randomFrames(seed, frames, channels);
};

describe.each(BINARIZERS)('%s', (binarizer) => {
  const model = randomModel(bifsmnLevels({ labels: 12, binarizer }), 1);
  const input = framesOf(model, 2);

  test.each(BIFSMN_LEVELS)('both backends give the same scores at level %s, before and after the engine has optimised', (level) => {
    const expected = createSession(model, { backend: 'reference', level }).run(input);
    const session = createSession(model, { backend: 'wasm', level, poison: 0xa5 });
    for (let run = 0; run < 150; run++) {
      const scores = session.run(input);
      if (run < 3 || run > 147) expect(scores).toEqual(expected);
    }
    expect(new Set(expected.logits).size).toBeGreaterThan(6);
  });

  test('the full network is the default, and the levels differ', () => {
    const [whole, ...levels] = [undefined, ...BIFSMN_LEVELS].map((level) => [...createSession(model, level === undefined ? {} : { level }).run(input).logits]);
    expect(levels[0]).toEqual(whole);
    expect(levels[1]).not.toEqual(whole);
    expect(levels[2]).not.toEqual(levels[1]);
  });
});

test.each(BINARIZERS)('a causal %s gives in a stream what it gives for the whole signal', (binarizer) => {
  const graph = bifsmn({ labels: 3, binarizer, blocks: 4, channels: 16, hidden: 24, causal: true });
  const program = lower(randomModel(graph, 3));
  const { channels, frames } = program.input;
  const signal = randomFrames(4, 3 * frames, channels);
  const whole = createSession({ ...program, input: { ...program.input, frames: 3 * frames } }, { backend: 'reference' }).run(signal);
  for (const backend of ['reference', 'wasm'] as const) {
    const stream = createSession(program, { backend, poison: 0xa5 }).stream({ block: 5 });
    const logits: number[] = [];
    for (let at = 0; at < signal.length; at += 7 * channels) stream.pushFrames(signal.slice(at, at + 7 * channels), (scores) => logits.push(...scores.logits));
    stream.flush((scores) => logits.push(...scores.logits));
    expect(logits).toEqual([...whole.logits]);
  }
});

/** Formats of the tensors that the step of a node writes. */
function formatsOf({ steps, tensors }: Program, node: string): string[] {
  return outputsOf(steps.find((step) => step.node === node)!)
    .map((output) => tensors[output]!.format)
    .sort();
}

test('hidden activations stay bits where nothing real follows, and are two terms with a factor where they are split', () => {
  const [first, second] = (['bifsmn', 'bifsmn-v2'] as const).map((binarizer) => lower(randomModel(bifsmn({ labels: 12, binarizer }), 1)));
  expect(formatsOf(first!, 'block-0-expand')).toEqual(['bit']);
  expect(formatsOf(first!, 'block-0-memory')).toEqual(['bit', 'i16']);
  expect(formatsOf(second!, 'block-0-expand')).toEqual(['i16', 'sign']);
  expect(formatsOf(second!, 'block-0-project')).toEqual(['i16', 'sign']);
  const { tensors, steps } = describeProgram(second!);
  expect(new Set(tensors.map(({ id }) => id)).size).toBe(tensors.length);
  expect(steps.find(({ node }) => node === 'block-0-expand')!.arithmetic).toBe('1 x two signs -> i16 -> value (narrow)');
});

test('a model is evaluated at a level, and a program has none', async () => {
  const model = randomModel(bifsmnLevels({ labels: 2, blocks: 4, channels: 8, hidden: 8 }), 5);
  const examples = [1, 2, 3].map((seed) => ({ id: `clip ${seed}`, label: 'label-0', input: framesOf(model, seed) }));
  const accuracies = await Promise.all(BIFSMN_LEVELS.map(async (level) => (await evaluate(createSession(model, { level }), examples)).clips));
  expect(accuracies).toEqual([3, 3, 3]);
  expect(() => createSession(model, { level: '2x' })).toThrow('GRAPH_LEVEL');
  expect(() => createSession(lower(model), { level: '1x' })).toThrow('RUNTIME_OPTION');
});
