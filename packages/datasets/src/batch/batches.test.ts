import { Random } from '@bitvox/ternary-prng';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SpectrogramSet } from '../spectrogram/spectrogram.ts';
import { batchCount, batches, fillBatch } from './batches.ts';
import { epochOrder } from './order.ts';

function setOf(count: number, frames: number, bands: number, labelCount = 3): SpectrogramSet {
  const random = new Random(count, frames, bands);
  return {
    labelNames: Array.from({ length: labelCount }, (_, label) => `w${label}`),
    count,
    frames,
    bands,
    pixels: Uint8Array.from({ length: count * frames * bands }, () => random.below(256)),
    labels: Uint8Array.from({ length: count }, () => random.below(labelCount)),
  };
}

const shapes = fc.record({
  count: fc.integer({ min: 1, max: 30 }),
  frames: fc.integer({ min: 1, max: 9 }),
  bands: fc.integer({ min: 1, max: 6 }),
  size: fc.integer({ min: 1, max: 12 }),
});

describe('batches', () => {
  test('hold every example once, in the layout [band][batch][frame] with (pixel - 128) / 64', () => {
    fc.assert(
      fc.property(shapes, fc.integer(), ({ count, frames, bands, size }, seed) => {
        const set = setOf(count, frames, bands);
        const seen: number[] = [];
        for (const batch of batches(set, { size, random: new Random(seed), last: 'pad' })) {
          for (let position = 0; position < size; position++) {
            const index = position < batch.count ? batch.indices[position] : -1;
            expect(batch.labels[position]).toBe(index < 0 ? -1 : set.labels[index]);
            if (index >= 0) seen.push(index);
            for (let band = 0; band < bands; band++) {
              for (let frame = 0; frame < frames; frame++) {
                const pixel = index < 0 ? 0 : set.pixels[(index * frames + frame) * bands + band];
                expect(batch.inputs[(band * size + position) * frames + frame]).toBe((pixel - 128) / 64);
              }
            }
          }
        }
        expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, index) => index));
      }),
      { numRuns: 60 },
    );
  });

  test('that are not full are dropped unless asked for', () => {
    const set = setOf(10, 2, 2);
    const counts = (last?: 'drop' | 'pad'): number[] =>
      [...batches(set, { size: 4, random: new Random(1), ...(last ? { last } : {}) })].map((batch) => batch.count);
    expect([counts(), counts('pad')]).toEqual([
      [4, 4],
      [4, 4, 2],
    ]);
    expect([batchCount(10, 4), batchCount(10, 4, 'pad')]).toEqual([2, 3]);
  });

  test('depend on the stream only, and an augmented example not on the batch size', () => {
    const set = setOf(24, 12, 8);
    const epoch = (seed: number, size: number): number[][] =>
      [...batches(set, { size, random: new Random(seed, 'epoch', 3), augmentation: { timeShift: 3, bandMasks: { count: 1, longest: 4 } } })].flatMap(
        ({ inputs, indices }) =>
          Array.from(indices, (index, position) => [
            index,
            ...Array.from({ length: 8 * 12 }, (_, place) => inputs[(Math.floor(place / 12) * size + position) * 12 + (place % 12)]),
          ]),
      );
    expect(epoch(1, 4)).toEqual(epoch(1, 4));
    expect(epoch(1, 4)).toEqual(epoch(1, 8));
    expect(epoch(1, 4)).not.toEqual(epoch(2, 4));
  });

  test('do not touch the set, and fill memory of the caller whole', () => {
    const set = setOf(5, 7, 3);
    const before = set.pixels.slice();
    const inputs = new Float32Array(3 * 4 * 7).fill(Number.NaN);
    fillBatch(inputs, 4, set, [4, 0], { timeMasks: { count: 2, longest: 5 } }, (position) => new Random(1, position));
    expect(inputs.some(Number.isNaN)).toBe(false);
    expect(set.pixels).toEqual(before);
    expect(() => fillBatch(inputs, 5, set, [0])).toThrow(expect.objectContaining({ code: 'DATASET_OPTION' }));
    expect(() => fillBatch(inputs, 4, set, [0, 1, 2, 3, 4])).toThrow(expect.objectContaining({ code: 'DATASET_OPTION' }));
    for (const size of [0, 1.5, Number.NaN])
      expect(() => batches(set, { size, random: new Random(1) }).next()).toThrow(expect.objectContaining({ code: 'DATASET_OPTION' }));
  });
});

describe('order', () => {
  test('balanced takes every label equally often, and every example of a label equally often', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(4), { minLength: 1, maxLength: 60 }), fc.integer({ min: 0, max: 200 }), fc.integer(), (labels, length, seed) => {
        const order = epochOrder(labels, 'balanced', new Random(seed), length);
        expect(order.length).toBe(length);
        const perLabel = new Map<number, number>();
        const perExample = new Map<number, number>();
        for (const label of labels) perLabel.set(label, 0);
        labels.forEach((_, index) => perExample.set(index, 0));
        for (const index of order) {
          perLabel.set(labels[index], perLabel.get(labels[index])! + 1);
          perExample.set(index, perExample.get(index)! + 1);
        }
        expect(Math.max(...perLabel.values()) - Math.min(...perLabel.values())).toBeLessThanOrEqual(1);
        for (const label of perLabel.keys()) {
          const counts = [...perExample].filter(([index]) => labels[index] === label).map(([, count]) => count);
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test('shuffled and sequential repeat whole rounds', () => {
    const labels = new Uint8Array(5);
    expect([...epochOrder(labels, 'sequential', new Random(1), 7)]).toEqual([0, 1, 2, 3, 4, 0, 1]);
    const order = [...epochOrder(labels, 'shuffled', new Random(1), 10)];
    expect(order.slice(0, 5).toSorted()).toEqual([0, 1, 2, 3, 4]);
    expect(order.slice(5).toSorted()).toEqual([0, 1, 2, 3, 4]);
    expect(() => epochOrder([], 'shuffled', new Random(1))).toThrow(expect.objectContaining({ code: 'DATASET_EMPTY' }));
  });
});
