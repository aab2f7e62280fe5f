import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CompiledStep } from '../ir/types.ts';
import { copyClips, drawMasks, fillTargets } from './feed.ts';
import { classify, countCorrect, crossEntropySum } from './score.ts';

describe('feeding', () => {
  test('masks drop the share they should and keep the mean', () => {
    const masks = new Map(['a', 'b'].map((name) => [name, new Float32Array(20_000).fill(Number.NaN)]));
    const step = { input: (name: string) => masks.get(name)! } as unknown as CompiledStep;
    const draw = (seed: number, number: number): Float32Array => {
      drawMasks(
        step,
        [...masks.keys()].map((name) => ({ name, rate: 0.3 })),
        seed,
        number,
      );
      return masks.get('a')!.slice();
    };
    const first = draw(1, 1);
    expect(new Set(first)).toEqual(new Set([0, Math.fround(1 / 0.7)]));
    expect(Math.abs(first.filter((value) => value === 0).length / first.length - 0.3)).toBeLessThan(0.015);
    expect(masks.get('b')).not.toEqual(first);
    expect(draw(1, 2)).not.toEqual(first);
    expect(draw(2, 1)).not.toEqual(first);
    expect(draw(1, 1)).toEqual(first);
  });

  test('targets are one-hot by clip', () => {
    const targets = new Float32Array(6).fill(Number.NaN);
    fillTargets(targets, Uint8Array.of(2, 0));
    expect([...targets]).toEqual([0, 1, 0, 0, 1, 0]);
  });

  test('clips are copied to the front of every channel, and the rest is zero', () => {
    const size = fc.integer({ min: 1, max: 4 });
    fc.assert(
      fc.property(size, size, size, size, fc.nat(3), (channels, frames, count, spare, start) => {
        const [clips, capacity] = [start + count, count + spare - 1];
        const source = Float32Array.from({ length: channels * clips * frames }, (_, at) => at + 1);
        const target = new Float32Array(channels * capacity * frames).fill(Number.NaN);
        copyClips(target, capacity, source, clips, start, count, frames);
        const wanted = Array.from(target, (_, at) => {
          const [channel, clip, frame] = [Math.floor(at / (capacity * frames)), Math.floor(at / frames) % capacity, at % frames];
          return clip < count ? source[(channel * clips + start + clip) * frames + frame] : 0;
        });
        expect([...target]).toEqual(wanted);
      }),
    );
  });
});

test('scores', () => {
  const logits = Float32Array.of(1, 0, 3, 2, 0, 3, -1, 0, 1000);
  const labels = Uint8Array.of(1, 2, 2);
  expect([...classify(logits, 3)]).toEqual([1, 0, 2]);
  expect(countCorrect(logits, labels)).toBe(2);
  expect(crossEntropySum(logits, labels)).toBeCloseTo(Math.log(1 + Math.exp(-1) + Math.exp(-3)) + Math.log(3), 9);
});
