import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EXPONENTIALS, logitsFromReal, MAXIMUM_LABELS, negativeExponential, SCORE_ONE, softmax } from './scores.ts';

test('the table holds powers of two', () => {
  expect(EXPONENTIALS).toHaveLength(33);
  EXPONENTIALS.forEach((entry, index) => expect(entry).toBe(Math.round(2 ** (20 - index / 32))));
});

test('the exponential is monotonous and within one part in 4000', () => {
  for (let distance = 0; distance < 5000; distance++) {
    expect(negativeExponential(distance + 1)).toBeLessThanOrEqual(negativeExponential(distance));
    expect(Math.abs(negativeExponential(distance) / 2 ** 20 - Math.exp(-Math.min(distance, 4096) / 256))).toBeLessThan(1 / 4000);
  }
});

test('scores are a softmax', () => {
  fc.assert(
    fc.property(fc.int16Array({ minLength: 1, maxLength: 40 }), (logits) => {
      const scores = new Uint16Array(logits.length);
      softmax(logits, scores);
      const weights = Array.from(logits, (logit) => Math.exp((logit - Math.max(...logits)) / 256));
      const sum = weights.reduce((total, weight) => total + weight, 0);
      scores.forEach((score, label) => expect(Math.abs(score / SCORE_ONE - weights[label]! / sum)).toBeLessThan(1 / 1000));
      expect(Math.abs(scores.reduce((total, score) => total + score, 0) - SCORE_ONE)).toBeLessThanOrEqual(logits.length);
    }),
  );
});

test('pinned scores: what every port has to give', () => {
  const scores = new Uint16Array(5);
  softmax(Int16Array.of(0, 256, -300, 1000, 999), scores);
  expect([...scores]).toEqual([317, 863, 98, 15775, 15714]);
});

test('logits are rounded half up and saturate', () => {
  const logits = new Int16Array(5);
  logitsFromReal([0.5 / 256, -0.5 / 256, 500, -500, 1], 1, logits);
  expect([...logits]).toEqual([1, 0, 32_767, -32_768, 256]);
});

test('too many labels are refused', () => {
  expect(() => softmax(new Int16Array(MAXIMUM_LABELS + 1), new Uint16Array(MAXIMUM_LABELS + 1))).toThrow('RUNTIME_OPTION');
});
