/** Layers against values and gradients of an independent library in float64; 1-D activations map onto `[channel, batch, 1, time]`. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../exec/evaluate.ts';
import { batchNormTraining, clip, mean, perChannel, prelu, relu, runningStatistics, softmax, upsampleNearest } from '../ir/compose.ts';
import { vectorJacobianProduct } from '../ir/gradient.ts';
import { batchNormFixed } from '../ir/ops/batch-norm.ts';
import { add, multiply } from '../ir/ops/binary.ts';
import { broadcast } from '../ir/ops/sum.ts';
import { concat } from '../ir/ops/concat.ts';
import { conv } from '../ir/ops/conv.ts';
import { constant, parameter } from '../ir/ops/leaf.ts';
import { logSoftmax } from '../ir/ops/log-softmax.ts';
import { matmul } from '../ir/ops/matmul.ts';
import { maxPool } from '../ir/ops/max-pool.ts';
import { reshape } from '../ir/ops/reshape.ts';
import { transpose } from '../ir/ops/transpose.ts';
import { sigmoid, tanh } from '../ir/ops/unary.ts';
import { simplify } from '../ir/simplify.ts';
import type { Value } from '../ir/types.ts';
import { crossEntropy, normalisedSquaredDistance } from '../losses/index.ts';

interface Tensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface Attributes {
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
  readonly groups: number;
  readonly kernel: number;
  readonly ceil_mode: boolean;
  readonly scale: number;
  readonly eps: number;
  readonly bn_eps: number;
  readonly momentum: number;
  readonly training: boolean;
  readonly min: number;
  readonly max: number;
  readonly targets: readonly number[];
  readonly label_smoothing?: number;
  readonly mask: readonly number[];
  readonly p: number;
}

interface GoldenCase {
  readonly op: string;
  readonly attrs: Attributes;
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly output: Tensor;
  readonly upstream: Tensor;
  readonly grads: Readonly<Record<string, Tensor>>;
  readonly note?: string;
  readonly running_mean_before?: Tensor;
  readonly running_var_before?: Tensor;
  readonly running_mean_after?: Tensor;
  readonly running_var_after?: Tensor;
}

type Leaves = Readonly<Record<string, Value>>;

/** `[batch, channel, ...]` as `[channel, batch, height, time]`. */
function channelFirst(x: Value): Value {
  const [batch, channels, ...rest] = x.shape as [number, number, ...number[]];
  const [height, time] = rest.length === 2 ? rest : [1, rest[0] ?? 1];
  return transpose(reshape(x, [batch, channels, height!, time!]), [1, 0, 2, 3]);
}

/** The way back, into the shape of the case. */
function batchFirst(x: Value, shape: readonly number[]): Value {
  return reshape(transpose(x, [1, 0, 2, 3]), shape);
}

const columns = (x: Value): Value => transpose(x, [1, 0]);

function convolution({ x, weight, bias }: Leaves, { stride, padding, dilation, groups }: Attributes, shape: readonly number[]): Value {
  const flat = weight!.shape.length === 3;
  const [out, depth, ...kernel] = weight!.shape as [number, number, ...number[]];
  const y = conv(channelFirst(x!), reshape(weight!, [out, depth, ...(flat ? [1] : []), ...kernel]), {
    groups: groups,
    stride: [flat ? 1 : stride, stride],
    dilation: [flat ? 1 : dilation, dilation],
    padding: [flat ? 0 : padding, flat ? 0 : padding, padding, padding],
  });
  return batchFirst(bias ? add(y, perChannel(bias, 4)) : y, shape);
}

function normalisation({ x, gamma, beta, running }: Leaves, { eps, training }: Attributes, shape: readonly number[]): Value {
  const activation = channelFirst(x!);
  const output = training ? batchNormTraining(activation, gamma!, beta!, eps).output : batchNormFixed(activation, running!, gamma!, beta!, eps);
  return batchFirst(output, shape);
}

/** The inputs of a case; those of a batch norm come with its running statistics as one more leaf. */
function inputsOf({ inputs, running_mean_before: mean, running_var_before: variance }: GoldenCase): Readonly<Record<string, Tensor>> {
  return mean && variance ? { ...inputs, running: { shape: [2, ...mean.shape], data: [...mean.data, ...variance.data] } } : inputs;
}

function linear({ x, weight, bias }: Leaves, _attributes: Attributes, shape: readonly number[]): Value {
  const rows = reshape(x!, [shape.slice(0, -1).reduce((product, size) => product * size, 1), x!.shape.at(-1)!]);
  const product = reshape(matmul(rows, weight!, { transposeB: true }), shape);
  return bias ? add(product, bias) : product;
}

function pooling({ x }: Leaves, { kernel, stride, ceil_mode }: Attributes, shape: readonly number[]): Value {
  const size = [kernel, kernel] as const;
  if (!ceil_mode) return maxPool(x!, size, [stride, stride]);
  // A smaller last window is a full one whose missing part can never win.
  const grown = [2, 3].reduce((value, axis) => {
    const missing = (shape[axis]! - 1) * stride + kernel - value.shape[axis]!;
    return missing <= 0 ? value : concat([value, broadcast(-1e30, value.shape.map((length, at) => (at === axis ? missing : length)))], axis);
  }, x!);
  return maxPool(grown, size, [stride, stride]);
}

function entropy({ x }: Leaves, { targets, label_smoothing }: Attributes): Value {
  const [batch, classes] = x!.shape as [number, number];
  const oneHot = new Float32Array(classes * batch);
  targets.forEach((label, item) => {
    oneHot[label * batch + item] = 1;
  });
  return reshape(crossEntropy(columns(x!), constant(oneHot, [classes, batch]), { labelSmoothing: label_smoothing ?? 0 }), []);
}

function separableBlock(leaves: Leaves, { bn_eps }: Attributes, shape: readonly number[]): Value {
  const { x, dw, pw, g1, b1, sw, g2, b2 } = leaves as Record<string, Value>;
  const kernel = (weight: Value): Value => reshape(weight, [weight.shape[0]!, weight.shape[1]!, 1, weight.shape[2]!]);
  const activation = channelFirst(x!);
  const depthwise = conv(activation, kernel(dw!), { groups: 4, padding: [0, 0, 3, 3] });
  const main = batchNormTraining(conv(depthwise, kernel(pw!)), g1!, b1!, bn_eps).output;
  const shortcut = batchNormTraining(conv(activation, kernel(sw!)), g2!, b2!, bn_eps).output;
  return batchFirst(relu(add(main, shortcut)), shape);
}

const LAYERS: Readonly<Record<string, (leaves: Leaves, attributes: Attributes, shape: readonly number[]) => Value>> = {
  conv1d: convolution,
  conv2d: convolution,
  batch_norm: normalisation,
  linear,
  relu: ({ x }) => relu(x!),
  hardtanh: ({ x }, { min, max }) => clip(x!, min, max),
  relu6: ({ x }) => clip(x!, 0, 6),
  sigmoid: ({ x }) => sigmoid(x!),
  tanh: ({ x }) => tanh(x!),
  prelu: ({ x, slope }, _attributes, shape) => batchFirst(prelu(channelFirst(x!), perChannel(slope!, 4)), shape),
  max_pool2d: pooling,
  upsample_nearest2d: ({ x }, { scale }) => upsampleNearest(x!, [scale, scale]),
  global_avg_pool1d: ({ x }, _attributes, shape) => reshape(mean(x!, [2]), shape),
  softmax: ({ x }) => softmax(x!, 1),
  log_softmax: ({ x }) => logSoftmax(x!, 1),
  cross_entropy: entropy,
  dropout_mask: ({ x }, { mask, p }) => multiply(multiply(x!, constant(Float32Array.from(mask), [mask.length])), 1 / (1 - p)),
  separable_residual_block: separableBlock,
  normalised_square_distance: ({ s, t }) => reshape(normalisedSquaredDistance(s!, t!), []),
};

const golden = JSON.parse(readFileSync(new URL('./layers.json', import.meta.url), 'utf8')) as { readonly cases: readonly GoldenCase[] };

/** Relative 1e-9 with absolute 1e-12. */
function expectClose(actual: Float64Array, expected: Tensor): void {
  expect(actual.length).toBe(expected.data.length);
  const worst = expected.data.reduce((most, value, at) => {
    const excess = Math.abs(actual[at]! - value) / (1e-12 + 1e-9 * Math.abs(value));
    return Number.isNaN(excess) ? Infinity : Math.max(most, excess);
  }, 0);
  expect(worst).toBeLessThanOrEqual(1);
}

describe('golden layers', () => {
  it.each(golden.cases.map((test, at) => [`${at} ${test.op} ${test.note ?? ''}`, test] as const))('%s', (_name, test) => {
    const inputs = inputsOf(test);
    const leaves = Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, parameter(name, shape)]));
    const upstream = parameter('upstream', test.upstream.shape);
    const output = LAYERS[test.op]!(leaves, test.attrs, test.output.shape);
    expect(output.shape).toEqual(test.output.shape);
    const names = Object.keys(test.grads);
    const gradients = vectorJacobianProduct(output, upstream, names.map((name) => leaves[name]!));
    const feeds = new Map(Object.entries(inputs).map(([name, { data }]) => [leaves[name] as Value, Float64Array.from(data)]));
    feeds.set(upstream, Float64Array.from(test.upstream.data));
    for (const roots of [[output, ...gradients], simplify([output, ...gradients])]) {
      const [value, ...slopes] = evaluate(roots, feeds);
      expectClose(value!, test.output);
      names.forEach((name, at) => expectClose(slopes[at]!, test.grads[name]!));
    }
  });

  it.each(golden.cases.filter(({ running_mean_after }) => running_mean_after).map((test) => [test.output.shape.join('x'), test] as const))(
    'running statistics of batch norm over %s',
    (_name, test) => {
      const { eps, momentum } = test.attrs;
      const channels = test.inputs['gamma']!.shape[0]!;
      const [x, gamma, beta] = ['x', 'gamma', 'beta'].map((name) => parameter(name, test.inputs[name]!.shape));
      const running = parameter('running', [2, channels]);
      const activation = channelFirst(x!);
      const { statistics } = batchNormTraining(activation, gamma!, beta!, eps);
      const feeds = new Map<Value, Float64Array>([
        [x!, Float64Array.from(test.inputs['x']!.data)],
        [running, Float64Array.from([...test.running_mean_before!.data, ...test.running_var_before!.data])],
      ]);
      const [updated] = evaluate([runningStatistics(running, statistics, activation.shape, momentum)], feeds);
      const expected = [...test.running_mean_after!.data, ...test.running_var_after!.data];
      expectClose(updated!, { shape: [2, channels], data: expected });
    },
  );
});
