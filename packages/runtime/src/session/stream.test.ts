import { GraphError, inputOf, withFrames } from '@bitvox/graph';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lower } from '../lower/lower.ts';
import { Dice, randomFrames, randomGraph, randomModel } from '../random-model.fixture.ts';
import { createSession } from './session.ts';

/** A graph of this seed, or none where its layers leave no frames. */
function graphOf(seed: number, kind: 'float' | 'integer') {
  try {
    return randomGraph(seed, kind);
  } catch (error) {
    if (error instanceof GraphError) return undefined;
    throw error;
  }
}

const BACKENDS = ['reference', 'wasm'] as const;

describe.each(['float', 'integer'] as const)('random %s networks', (kind) => {
  test('all backends give the same logits for a clip', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const graph = graphOf(seed, kind);
        fc.pre(graph !== undefined);
        const program = lower(randomModel(graph, seed));
        const { channels, frames } = inputOf(graph).attributes;
        const input = randomFrames(seed, frames, channels);
        const expected = createSession(program, { backend: 'reference' }).run(input);
        expect(expected.frames).toBe(graph.nodes.at(-1)!.shape.frames);
        const session = createSession(program, { backend: 'wasm', poison: 0xa5 });
        expect(session.run(input).logits).toEqual(expected.logits);
        expect(session.run(input)).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });

  test.each(BACKENDS)('a stream cut anyhow equals the whole signal at once (%s)', (backend) => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 40 }), (seed, block) => {
        const graph = graphOf(seed, kind);
        fc.pre(graph !== undefined);
        const program = lower(randomModel(graph, seed));
        const { channels, frames } = inputOf(graph).attributes;
        const length = 3 * frames;
        const input = randomFrames(seed, length, channels);
        const whole = createSession(lower(randomModel(withFrames(graph, length), seed)), { backend: 'reference' }).run(input);
        const stream = createSession(program, { backend, poison: 0xa5 }).stream({ block });
        for (const cut of [1, 2]) {
          stream.reset();
          const dice = new Dice(seed + cut);
          const logits: number[] = [];
          for (let at = 0; at < length;) {
            const count = dice.integer(0, 2 * block);
            stream.pushFrames(input.slice(at * channels, (at + count) * channels), (scores) => logits.push(...scores.logits));
            at += count;
          }
          stream.flush((scores) => logits.push(...scores.logits));
          expect(logits).toEqual([...whole.logits]);
        }
      }),
      { numRuns: 60 },
    );
  });
});
