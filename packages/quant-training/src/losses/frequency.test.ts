import { Random } from '@bitvox/ternary-prng';
import { expect, test } from 'vitest';
import { evaluate } from '../exec/evaluate.ts';
import { gradientError } from '../exec/finite-differences.ts';
import { gradient } from '../ir/gradient.ts';
import { multiply } from '../ir/ops/binary.ts';
import { parameter } from '../ir/ops/leaf.ts';
import type { Value } from '../ir/types.ts';
import { frequencyIndependent, highFrequencyEnhancement, highPass, lowPass } from './index.ts';

const SHAPE = [4, 3, 1, 6];
const SIZE = 72;
const [student, teacher] = [parameter('student', SHAPE), parameter('teacher', SHAPE)];
const energy = (x: Float64Array): number => x.reduce((total, value) => total + value * value, 0);

function feeds(seed: number): Map<Value, Float64Array> {
  const random = new Random(seed);
  return new Map([student, teacher].map((leaf) => [leaf, Float64Array.from({ length: SIZE }, () => random.normal())]));
}

const number = (loss: Value, data: ReadonlyMap<Value, Float64Array>): number => evaluate([loss], data)[0]![0]!;

test('the low part is the mean of 2 x 2 tiles of channels and time, clip by clip', () => {
  const data = feeds(1);
  const x = data.get(student)!;
  const at = (channel: number, clip: number, frame: number): number => x[(channel * 3 + clip) * 6 + frame]!;
  const [low] = evaluate([lowPass(student)], data) as [Float64Array];
  low.forEach((value, index) => {
    const [channel, clip, frame] = [Math.floor(index / 18) & ~1, Math.floor(index / 6) % 3, (index % 6) & ~1];
    const tile = at(channel, clip, frame) + at(channel + 1, clip, frame) + at(channel, clip, frame + 1) + at(channel + 1, clip, frame + 1);
    expect(value).toBeCloseTo(tile / 4, 12);
  });
});

test('both parts add up, and so do their energies', () => {
  const data = feeds(2);
  const [low, high] = evaluate([lowPass(student), highPass(student)], data) as [Float64Array, Float64Array];
  const x = data.get(student)!;
  low.forEach((value, at) => expect(value + high[at]!).toBeCloseTo(x[at]!, 12));
  expect(energy(low) + energy(high)).toBeCloseTo(energy(x), 10);
});

test.each([
  ['high-frequency enhancement', highFrequencyEnhancement, Math.SQRT2],
  ['frequency independent', frequencyIndependent, 2 * Math.SQRT2],
])('%s: agrees with finite differences, bounded, blind to the scale of the student, stops at the teacher', (_, loss, bound) => {
  const data = feeds(3);
  const value = loss(student, teacher);
  expect(gradientError(value, [student], data, Float64Array.of(1))).toBeLessThan(1e-7);
  expect(number(value, data)).toBeGreaterThan(0);
  expect(number(value, data)).toBeLessThanOrEqual(bound);
  expect(number(loss(multiply(student, 3), teacher), data)).toBeCloseTo(number(value, data), 9);
  expect(energy(evaluate(gradient(value, [teacher]), data)[0]!)).toBe(0);
});

test('frequency independent distance of equal features is 0; the enhanced teacher is another one', () => {
  const data = feeds(4);
  data.set(teacher, data.get(student)!);
  expect(number(frequencyIndependent(student, teacher), data)).toBe(0);
  expect(number(highFrequencyEnhancement(student, teacher), data)).toBeGreaterThan(0.01);
});

test('enhancement: details over their deviation plus the whole over its own', () => {
  const data = feeds(5);
  const [high] = evaluate([highPass(teacher)], data) as [Float64Array];
  const whole = data.get(teacher)!;
  const deviation = (x: Float64Array): number => {
    const mean = x.reduce((total, value) => total + value, 0) / SIZE;
    return Math.sqrt(x.reduce((total, value) => total + (value - mean) ** 2, 0) / (SIZE - 1));
  };
  data.set(
    student,
    high.map((value, at) => value / deviation(high) + whole[at]! / deviation(whole)),
  );
  expect(number(highFrequencyEnhancement(student, teacher), data)).toBeLessThan(1e-9);
});

test('refuses odd features', () => {
  for (const shape of [
    [3, 2, 1, 4],
    [4, 2, 1, 3],
    [4, 4],
  ])
    expect(() => lowPass(parameter('odd', shape))).toThrow(expect.objectContaining({ code: 'TRAIN_SHAPE' }));
});
