/** Steps that the tests share: one that has everything, and random ones. */
import { Random } from '@bitvox/ternary-prng';
import { batchNormTraining, mean, perChannel, prelu, relu, runningStatistics, square } from '../../../ir/compose.ts';
import { batchNormFixed } from '../../../ir/ops/batch-norm.ts';
import { add, divide, greater, maximum, multiply, subtract } from '../../../ir/ops/binary.ts';
import { concat } from '../../../ir/ops/concat.ts';
import { conv } from '../../../ir/ops/conv.ts';
import { constant, input, parameter, state } from '../../../ir/ops/leaf.ts';
import { logSoftmax } from '../../../ir/ops/log-softmax.ts';
import { matmul } from '../../../ir/ops/matmul.ts';
import { maxPool } from '../../../ir/ops/max-pool.ts';
import { reshape } from '../../../ir/ops/reshape.ts';
import { pad, slice } from '../../../ir/ops/slice.ts';
import { sum } from '../../../ir/ops/sum.ts';
import { transpose } from '../../../ir/ops/transpose.ts';
import { absolute, exp, floor, log, negate, round, sigmoid, sign, sqrt, tanh } from '../../../ir/ops/unary.ts';
import { where } from '../../../ir/ops/where.ts';
import { sizeOf } from '../../../ir/shape.ts';
import { buildStep, type StepDescription } from '../../../ir/step.ts';
import type { OptimizerRule, StepGraph, Value } from '../../../ir/types.ts';
import { isOp, topologicalOrder, withLabel } from '../../../ir/value.ts';
import { crossEntropy } from '../../../losses/index.ts';
import { adam, optimizer, sgd } from '../../../optimizers/index.ts';
import { int8, quantize, sign as binary, xnor } from '../../../quantizers/index.ts';

/** A step that trains the named parameters on `loss`, with a weight decay. */
export function trainingStepOf(
  outputs: Readonly<Record<string, Value>>,
  loss: Value,
  parameters: readonly string[],
  rule: OptimizerRule = sgd(),
  more: Partial<StepDescription> = {},
): StepGraph {
  const group = { parameters, learningRateScale: 1, weightDecay: 0.01 };
  return buildStep({ outputs: { ...outputs, loss }, ...more, training: { loss, optimizer: optimizer(rule, [group]) } });
}

/** A small separable network with 8-bit inputs, a binary layer, both kinds of batch norm, a residual and running statistics. */
export function quantizedNetwork(rule: OptimizerRule): StepGraph {
  const x = input('x', [3, 6, 1, 21]);
  const targets = input('targets', [4, 6]);
  const running = state('running', [2, 8]);
  const stem = withLabel('stem', () => {
    const filtered = conv(quantize(int8({ bits: 8, range: 4 }), x), parameter('stem', [8, 3, 1, 5]), { stride: [1, 2], padding: [0, 0, 2, 2] });
    return batchNormTraining(filtered, parameter('gamma0', [8]), parameter('beta0', [8]), 1e-5);
  });
  const hidden = prelu(stem.output, perChannel(parameter('slope', [8]), 4));
  const depthwise = withLabel('depthwise', () => conv(hidden, parameter('depthwise', [8, 1, 1, 3]), { groups: 8, padding: [0, 0, 1, 1] }));
  const pointwise = withLabel('pointwise', () => conv(quantize(binary(), depthwise), quantize(xnor(), parameter('pointwise', [8, 8, 1, 1]))));
  const normal = batchNormTraining(pointwise, parameter('gamma1', [8]), parameter('beta1', [8]), 1e-5);
  const joined = relu(add(normal.output, hidden));
  const fixed = batchNormFixed(joined, running, parameter('gamma2', [8]), parameter('beta2', [8]), 1e-5);
  const pooled = reshape(mean(fixed, [2, 3]), [8, 6]);
  const logits = withLabel('linear', () => add(matmul(parameter('linear', [4, 8]), pooled), reshape(parameter('bias', [4]), [4, 1])));
  const loss = withLabel('loss', () => crossEntropy(logits, targets));
  const names = ['stem', 'gamma0', 'beta0', 'slope', 'depthwise', 'pointwise', 'gamma1', 'beta1', 'linear', 'bias'];
  const stateUpdates = [{ state: running, value: runningStatistics(running, stem.statistics, hidden.shape, 0.1) }];
  return trainingStepOf({ logits }, loss, names, rule, { stateUpdates });
}

/** A network whose operations are large enough to be divided among threads, with every kind of kernel. */
export function wideNetwork(): StepGraph {
  const x = input('x', [5, 8, 9, 50]);
  const targets = input('targets', [4, 8]);
  const first = batchNormTraining(
    conv(x, parameter('first', [24, 5, 3, 3]), { padding: [1, 1, 1, 1] }),
    parameter('gamma0', [24]),
    parameter('beta0', [24]),
    1e-5,
  );
  const pooled = maxPool(relu(first.output), [1, 2]);
  const depthwise = conv(pooled, parameter('depthwise', [24, 1, 3, 5]), { groups: 24, padding: [1, 1, 2, 2] });
  const pointwise = batchNormTraining(conv(depthwise, parameter('pointwise', [40, 24, 1, 1])), parameter('gamma1', [40]), parameter('beta1', [40]), 1e-5);
  const hidden = tanh(pointwise.output);
  const flat = reshape(mean(hidden, [2]), [40, 8, 25]);
  const logits = matmul(parameter('linear', [4, 40]), reshape(mean(flat, [2]), [40, 8]));
  const names = ['first', 'gamma0', 'beta0', 'depthwise', 'pointwise', 'gamma1', 'beta1', 'linear'];
  return trainingStepOf({ logits }, crossEntropy(logits, targets), names, adam());
}

type Grow = (random: Random, x: Value, y: Value, leaf: (shape: readonly number[]) => Value) => Value;

/** Keeps magnitudes near 1, so that tolerances mean the same everywhere. */
const tame = (x: Value): Value => tanh(x);

/** Some of the axes of a shape, at random. */
function someAxes(random: Random, rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) => axis).filter(() => random.below(2) === 0);
}

/** Ways to make a new `[c, b, h, t]` value of two others. Piecewise constant functions get leaves, whose bits both executors share. */
const GROWTH: readonly Grow[] = [
  (_random, x) => tame(multiply(x, 1.5)),
  (_random, x) => sigmoid(negate(x)),
  (_random, x) => log(add(exp(x), 0.5)),
  (_random, x) => sqrt(add(absolute(x), 0.25)),
  (random, x, _y, leaf) => multiply(x, leaf(x.shape.map((size) => (random.below(2) === 0 ? 1 : size)))),
  (random, x, _y, leaf) => divide(x, add(square(leaf([x.shape[0]!, 1, 1, 1])), 1 + random.below(2))),
  (_random, x, _y, leaf) => where(greater(leaf(x.shape), 0.25), x, multiply(x, 0.1)),
  (_random, x, _y, leaf) => add(multiply(sign(leaf(x.shape)), x), floor(leaf([1, x.shape[1]!, 1, 1]))),
  (_random, x, _y, leaf) => subtract(x, round(multiply(leaf(x.shape), 2))),
  (_random, x, _y, leaf) => maximum(x, leaf([x.shape[0]!, 1, 1, 1])),
  (random, x) => add(x, tame(sum(x, someAxes(random, 4)))),
  (random, x) =>
    transpose(
      x,
      [
        [1, 0, 2, 3],
        [0, 1, 3, 2],
        [3, 2, 1, 0],
        [2, 0, 3, 1],
      ][random.below(4)]!,
    ),
  (random, x) =>
    slice(
      x,
      x.shape.map((size) => (size > 1 ? random.below(2) : 0)),
      x.shape.map((size) => Math.max(1, size - 1)),
    ),
  (random, x) => pad(x, [0, random.below(2), 0, random.below(3)], [random.below(2), 0, 0, random.below(2)]),
  (random, x) => concat([x, tame(x)], random.below(4)),
  (_random, x) => reshape(x, [x.shape[0]! * x.shape[1]!, 1, x.shape[3]!, x.shape[2]!]),
  (_random, x) => logSoftmax(x, 0),
  (_random, x, _y, leaf) => {
    const c = x.shape[0]!;
    return sizeOf(x.shape) / c < 4 ? x : batchNormTraining(x, leaf([c]), leaf([c]), 0.1).output;
  },
  (random, x, _y, leaf) => {
    const kernel = [1, Math.min(3, x.shape[3]!)] as const;
    const options = { stride: [1, 1 + random.below(2)] as const, padding: [0, 0, random.below(2), random.below(3)] as const };
    return tame(conv(x, leaf([1 + random.below(5), x.shape[0]!, ...kernel]), options));
  },
  (random, x, _y, leaf) => conv(x, leaf([x.shape[0]!, 1, 1, 2]), { groups: x.shape[0]!, padding: [0, 0, 1, random.below(2)] }),
  (_random, x, _y, leaf) => tame(conv(x, leaf([3, x.shape[0]!, 1, 1]))),
  (_random, x, _y, leaf) => add(x, mean(maxPool(leaf([2, x.shape[1]!, 2, 5]), [2, 2]), [0, 2, 3])),
  (_random, x, y) => (x.shape.join() === y.shape.join() ? multiply(x, y) : add(x, mean(y))),
  (_random, x) =>
    multiply(
      x,
      constant(
        Float32Array.from({ length: x.shape[3]! }, (_, at) => 1 - at / 8),
        [x.shape[3]!],
      ),
    ),
];

/** A random differentiable step of about `size` operations. */
export function randomStep(seed: number, size: number): StepGraph {
  const random = new Random(seed, 'graph');
  let parameters = 0;
  const leaf = (shape: readonly number[]): Value => parameter(`p${parameters++}`, shape);
  const dimensions = (): number[] => [1 + random.below(5), 1 + random.below(4), 1 + random.below(3), 2 + random.below(19)];
  const values: Value[] = [input('x', dimensions()), leaf(dimensions())];
  for (let at = 0; at < size; at++) {
    const grown = GROWTH[random.below(GROWTH.length)]!(random, values[random.below(values.length)]!, values[random.below(values.length)]!, leaf);
    if (sizeOf(grown.shape) < 20_000) values.push(grown);
  }
  const ends = values.slice(-4);
  const loss = ends.map((value) => mean(square(tame(value)))).reduce((a, b) => add(a, b));
  const used = topologicalOrder([loss]).flatMap((value) => (isOp(value, 'parameter') ? [value.attributes.name] : []));
  return trainingStepOf(Object.fromEntries(ends.map((value, at) => [`y${at}`, value])), loss, used);
}
