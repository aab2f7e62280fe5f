import { Random } from '@bitvox/ternary-prng';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../exec/evaluate.ts';
import { gradientError } from '../exec/finite-differences.ts';
import { averagePool, batchNormTraining, clip, mean, perChannel, prelu, relu, softmax, upsampleNearest } from './compose.ts';
import { gradient, vectorJacobianProduct } from './gradient.ts';
import { batchNormFixed, batchStatistics } from './ops/batch-norm.ts';
import { add, divide, equal, greater, maximum, minimum, multiply, subtract } from './ops/binary.ts';
import { concat } from './ops/concat.ts';
import { conv, convInputGradient, convWeightGradient } from './ops/conv.ts';
import { customGradient } from './ops/custom.ts';
import { constant, input, parameter } from './ops/leaf.ts';
import { logSoftmax } from './ops/log-softmax.ts';
import { matmul } from './ops/matmul.ts';
import { maxPool } from './ops/max-pool.ts';
import { reduceMaximum } from './ops/reduce-maximum.ts';
import { reshape } from './ops/reshape.ts';
import { pad, slice } from './ops/slice.ts';
import { broadcast, sum } from './ops/sum.ts';
import { transpose } from './ops/transpose.ts';
import { absolute, exp, floor, log, negate, round, sigmoid, sign, sqrt, stopGradient, tanh } from './ops/unary.ts';
import { where } from './ops/where.ts';
import { sizeOf } from './shape.ts';
import type { Value } from './types.ts';

/** Numbers of one sign or both, away from 0 and from each other, so that no kink lies within a difference step. */
function numbers(random: Random, size: number, positive: boolean): Float64Array {
  const magnitudes = Array.from({ length: size }, (_, at) => 0.3 + (1.5 * (at + 0.5 * random.uniform())) / size);
  random.shuffle(magnitudes);
  return Float64Array.from(magnitudes, (magnitude) => (positive || random.uniform() < 0.5 ? magnitude : -magnitude));
}

type Case = readonly [name: string, shapes: readonly (readonly number[])[], build: (...leaves: Value[]) => Value, sign?: 'positive'];

const geometry = { stride: [2, 3], dilation: [1, 2], padding: [1, 0, 3, 1], groups: 2 } as const;

const CASES: readonly Case[] = [
  ['negate', [[2, 3]], negate],
  ['absolute', [[2, 3]], absolute],
  ['exp', [[2, 3]], exp],
  ['log', [[2, 3]], log, 'positive'],
  ['sqrt', [[2, 3]], sqrt, 'positive'],
  ['tanh', [[2, 3]], tanh],
  ['sigmoid', [[2, 3]], sigmoid],
  ['piecewise constants', [[2, 3]], (x) => multiply(x, add(add(sign(x), round(x)), add(floor(x), add(greater(x, 0.1), equal(x, 2)))))],
  ['add', [[2, 3], [3]], add],
  [
    'subtract',
    [
      [2, 1],
      [2, 3],
    ],
    subtract,
  ],
  [
    'multiply',
    [
      [2, 3, 2],
      [3, 1],
    ],
    multiply,
  ],
  ['divide', [[4], [2, 1]], divide],
  [
    'maximum',
    [
      [2, 3],
      [2, 3],
    ],
    maximum,
  ],
  [
    'minimum',
    [
      [2, 3],
      [1, 3],
    ],
    minimum,
  ],
  ['where', [[2, 3], [3], [2, 1]], where],
  [
    'matmul',
    [
      [2, 3],
      [3, 4],
    ],
    (a, b) => matmul(a, b),
  ],
  [
    'matmul transposed A',
    [
      [3, 2],
      [3, 4],
    ],
    (a, b) => matmul(a, b, { transposeA: true }),
  ],
  [
    'matmul transposed B',
    [
      [2, 3],
      [4, 3],
    ],
    (a, b) => matmul(a, b, { transposeB: true }),
  ],
  [
    'matmul both transposed',
    [
      [3, 2],
      [4, 3],
    ],
    (a, b) => matmul(a, b, { transposeA: true, transposeB: true }),
  ],
  [
    'conv',
    [
      [4, 2, 4, 9],
      [6, 2, 3, 3],
    ],
    (x, w) => conv(x, w, geometry),
  ],
  [
    'conv depthwise',
    [
      [3, 2, 1, 8],
      [3, 1, 1, 5],
    ],
    (x, w) => conv(x, w, { groups: 3, padding: [0, 0, 4, 0] }),
  ],
  [
    'conv input gradient',
    [
      [6, 2, 2, 3],
      [6, 2, 3, 3],
    ],
    (dy, w) => convInputGradient(dy, w, geometry, [4, 2, 4, 9]),
  ],
  [
    'conv weight gradient',
    [
      [4, 2, 4, 9],
      [6, 2, 2, 3],
    ],
    (x, dy) => convWeightGradient(x, dy, geometry, [3, 3]),
  ],
  ['sum', [[2, 3, 2]], (x) => sum(x, [2, 0])],
  ['reduce-maximum', [[2, 3, 2]], (x) => reduceMaximum(x, [1])],
  ['broadcast', [[2, 1]], (x) => broadcast(x, [3, 2, 4])],
  ['reshape', [[2, 6]], (x) => reshape(x, [3, 4])],
  ['transpose', [[2, 3, 4]], (x) => transpose(x, [2, 0, 1])],
  ['slice', [[3, 4]], (x) => slice(x, [1, 0], [2, 3])],
  ['pad', [[2, 3]], (x) => pad(x, [1, 0], [0, 2])],
  [
    'concat',
    [
      [2, 3],
      [2, 1],
      [2, 2],
    ],
    (...parts) => concat(parts, 1),
  ],
  ['max-pool', [[2, 2, 5, 6]], (x) => maxPool(x, [2, 3], [2, 1])],
  ['log-softmax', [[3, 4]], (x) => logSoftmax(x, 0)],
  ['softmax', [[2, 3, 2]], (x) => softmax(x, 1)],
  ['batch statistics', [[3, 2, 4]], batchStatistics],
  ['batch norm', [[3, 4, 1, 5], [3], [3]], (x, gamma, beta) => batchNormTraining(x, gamma, beta, 1e-3).output],
  [
    'batch norm and its statistics',
    [[2, 6], [2], [2]],
    (x, gamma, beta) => {
      const { output, statistics } = batchNormTraining(x, gamma, beta, 1e-3);
      return multiply(output, sum(statistics));
    },
  ],
  [
    'batch norm, fixed',
    [[3, 4, 1, 2], [3], [3]],
    (x, gamma, beta) => batchNormFixed(x, constant(Float32Array.of(0.1, -0.2, 0.3, 1, 2, 0.5), [2, 3]), gamma, beta, 1e-3),
  ],
  ['relu, clip, prelu', [[3, 2, 1, 2], [3]], (x, slope) => add(relu(x), add(clip(x, -0.7, 0.9), prelu(x, perChannel(slope, 4))))],
  ['mean, average pool, upsampling', [[2, 3, 4, 6]], (x) => multiply(subtract(x, upsampleNearest(averagePool(x, [2, 3]), [2, 3])), mean(x, [1, 3]))],
  ['one value used twice', [[2, 2]], (x) => matmul(multiply(x, x), transpose(x, [1, 0]))],
];

describe('gradients agree with finite differences', () => {
  it.each(CASES.map((test) => [test[0], test] as const))('%s', (name, [, shapes, build, only]) => {
    const positive = only === 'positive';
    const random = new Random(1, name);
    const leaves = shapes.map((shape, at) => parameter(`leaf${at}`, shape));
    const output = build(...leaves);
    const feeds = new Map(leaves.map((leaf) => [leaf as Value, numbers(random, sizeOf(leaf.shape), positive)]));
    const upstream = numbers(random, sizeOf(output.shape), false);
    expect(gradientError(output, leaves, feeds, upstream)).toBeLessThan(1e-7);
  });

  it('convolutions of any geometry', () => {
    const small = fc.integer({ min: 1, max: 3 });
    const padding = fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(2));
    const pair = fc.tuple(small, small);
    const cases = fc.record({
      groups: small,
      depth: small,
      multiplier: small,
      batch: small,
      size: fc.tuple(fc.integer({ min: 3, max: 6 }), fc.integer({ min: 3, max: 6 })),
      kernel: pair,
      stride: pair,
      dilation: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
      padding,
    });
    fc.assert(
      fc.property(cases, ({ groups, depth, multiplier, batch, size, kernel, stride, dilation, padding }) => {
        fc.pre([0, 1].every((axis) => size[axis]! + padding[2 * axis]! + padding[2 * axis + 1]! > dilation[axis]! * (kernel[axis]! - 1)));
        const random = new Random(2);
        const x = parameter('x', [groups * depth, batch, ...size]);
        const w = parameter('w', [groups * multiplier, depth, ...kernel]);
        const output = conv(x, w, { groups, stride, dilation, padding });
        const feeds = new Map<Value, Float64Array>([x, w].map((leaf) => [leaf, numbers(random, sizeOf(leaf.shape), false)]));
        expect(gradientError(output, [x, w], feeds, numbers(random, sizeOf(output.shape), false))).toBeLessThan(1e-7);
      }),
      { numRuns: 12, seed: 1 },
    );
  });
});

describe('differentiation', () => {
  const run = (roots: readonly Value[], ...feeds: readonly (readonly [Value, readonly number[]])[]): number[][] =>
    evaluate(roots, new Map(feeds.map(([leaf, data]) => [leaf, Float64Array.from(data)]))).map((data) => [...data]);

  it('gives zeros where the loss does not depend on a value', () => {
    const [x, unused] = [parameter('x', [2]), parameter('unused', [3])];
    expect(run(gradient(sum(x), [x, unused]), [x, [1, 2]], [unused, [0, 0, 0]])).toEqual([
      [1, 1],
      [0, 0, 0],
    ]);
  });

  it('stops where it is told to', () => {
    const x = parameter('x', [2]);
    expect(run(gradient(sum(multiply(x, stopGradient(x))), [x]), [x, [3, 5]])).toEqual([[3, 5]]);
  });

  it('sends ties of maximum to the second operand: relu has gradient 0 at 0', () => {
    const x = parameter('x', [3]);
    expect(run(gradient(sum(relu(x)), [x]), [x, [-1, 0, 2]])).toEqual([[0, 0, 1]]);
  });

  it('shares the gradient of a tied reduction', () => {
    const x = parameter('x', [3]);
    expect(run(gradient(reduceMaximum(x), [x]), [x, [4, 1, 4]])).toEqual([[0.5, 0, 0.5]]);
  });

  it('uses a custom gradient and not what is inside', () => {
    const [x, slope] = [parameter('x', [2]), parameter('slope', [1])];
    const y = customGradient(
      [x, slope],
      (value, factor) => multiply(exp(value), factor),
      (upstream, [value], output) => [multiply(upstream, multiply(value!, output)), null],
    );
    const [dx, dslope] = vectorJacobianProduct(y, constant(Float32Array.of(1, 10), [2]), [x, slope]);
    const [gradientOfX, gradientOfSlope] = run([dx!, dslope!], [x, [0, 1]], [slope, [2]]);
    expect(gradientOfX).toEqual([0, expect.closeTo(20 * Math.E, 10)]);
    expect(gradientOfSlope).toEqual([0]);
  });

  it('refuses what has no gradient', () => {
    const code = (name: string): Error => expect.objectContaining({ code: name }) as unknown as Error;
    const x = parameter('x', [2, 1, 2, 2]);
    expect(() => gradient(x, [x])).toThrow(code('TRAIN_GRADIENT'));
    const first = gradient(sum(maxPool(x, [2, 2])), [x])[0]!;
    expect(() => gradient(sum(first), [x])).toThrow(code('TRAIN_GRADIENT'));
    const wrong = customGradient(
      [x],
      (value) => value,
      () => [constant(1)],
    );
    expect(() => gradient(sum(wrong), [x])).toThrow(code('TRAIN_SHAPE'));
  });

  it('leaves inputs alone', () => {
    const [x, target] = [parameter('x', [2]), input('target', [2])];
    expect(run(gradient(sum(multiply(x, target)), [x]), [x, [1, 1]], [target, [7, 8]])).toEqual([[7, 8]]);
  });
});
