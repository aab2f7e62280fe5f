import { Random } from '@bitvox/ternary-prng';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../exec/evaluate.ts';
import { gradientError } from '../exec/finite-differences.ts';
import { gradient } from '../ir/gradient.ts';
import { parameter } from '../ir/ops/leaf.ts';
import { multiply } from '../ir/ops/binary.ts';
import { logSoftmax } from '../ir/ops/log-softmax.ts';
import { exp } from '../ir/ops/unary.ts';
import type { Value } from '../ir/types.ts';
import { crossEntropy, distillation, meanSquaredError, normalisedSquaredDistance } from './index.ts';

const code = (name: string): Error => expect.objectContaining({ code: name }) as unknown as Error;
const zeros = Array.from({ length: 12 }, () => 0);
const [a, b] = [parameter('a', [3, 4]), parameter('b', [3, 4])];

function feeds(seed: number): Map<Value, Float64Array> {
  const random = new Random(seed);
  return new Map([a, b].map((leaf) => [leaf, Float64Array.from({ length: 12 }, () => random.normal())]));
}

const number = (loss: Value, data: ReadonlyMap<Value, Float64Array>): number => evaluate([loss], data)[0]![0]!;

describe('losses', () => {
  const targets = exp(logSoftmax(b, 0));

  it.each<[string, Value]>([
    ['cross-entropy with soft targets', crossEntropy(a, targets, { labelSmoothing: 0.2 })],
    ['mean squared error', meanSquaredError(a, b)],
    ['normalised squared distance', normalisedSquaredDistance(a, b)],
  ])('%s agrees with finite differences in both operands', (_name, loss) => {
    expect(gradientError(loss, [a, b], feeds(1), Float64Array.of(1))).toBeLessThan(1e-8);
  });

  it('distillation agrees with finite differences in the student, and stops at the teacher', () => {
    const loss = distillation(a, b, 2.5);
    expect(gradientError(loss, [a], feeds(2), Float64Array.of(1))).toBeLessThan(1e-8);
    expect([...evaluate(gradient(loss, [b]), feeds(2))[0]!]).toEqual(zeros);
  });

  it('distillation at temperature 1 is cross-entropy less the entropy of the teacher', () => {
    const data = feeds(3);
    const entropy = number(crossEntropy(b, targets), data);
    expect(number(distillation(a, b, 1), data)).toBeCloseTo(number(crossEntropy(a, targets), data) - entropy, 12);
    expect(number(distillation(a, a, 3), data)).toBeCloseTo(0, 12);
  });

  it('cross-entropy of even logits is log of the classes', () => {
    expect(number(crossEntropy(multiply(a, 0), targets, { labelSmoothing: 0.1 }), feeds(4))).toBeCloseTo(Math.log(3), 12);
  });

  it('normalised squared distance: 0 with a finite gradient for equal tensors, scale-free, at most sqrt 2', () => {
    const same = normalisedSquaredDistance(a, a);
    expect(number(same, feeds(5))).toBe(0);
    const ones = new Map([a, b].map((leaf) => [leaf as Value, new Float64Array(12).fill(1)]));
    expect([...evaluate(gradient(normalisedSquaredDistance(a, b), [a]), ones)[0]!]).toEqual(zeros);
    const distance = number(normalisedSquaredDistance(a, b), feeds(6));
    expect(number(normalisedSquaredDistance(multiply(a, 7), b), feeds(6))).toBeCloseTo(distance, 10);
    expect(distance).toBeLessThanOrEqual(Math.SQRT2);
  });

  it('mean squared error by hand', () => {
    const data = new Map<Value, Float64Array>([
      [a, new Float64Array(12).fill(3)],
      [b, new Float64Array(12).fill(1)],
    ]);
    expect(number(meanSquaredError(a, b), data)).toBe(4);
  });

  it('refuses other shapes and settings', () => {
    const c = parameter('c', [4, 3]);
    for (const loss of [crossEntropy, meanSquaredError, normalisedSquaredDistance]) expect(() => loss(a, c)).toThrow(code('TRAIN_SHAPE'));
    expect(() => distillation(a, c, 1)).toThrow(code('TRAIN_SHAPE'));
    expect(() => distillation(a, b, 0)).toThrow(code('TRAIN_ATTRIBUTE'));
    expect(() => crossEntropy(a, b, { labelSmoothing: 1 })).toThrow(code('TRAIN_ATTRIBUTE'));
  });
});
