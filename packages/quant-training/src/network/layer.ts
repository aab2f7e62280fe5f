/**
 * What layers with weights share: both quantizers with what they learn, padding before or after the first of them, and what is added to the product.
 * `y = product(quantised x, quantised w) + bias - (sum of the taps of quantised w) shift`.
 */
import type { Node, QuantizerTag } from '@bitvox/graph';
import { mean, perChannel } from '../ir/compose.ts';
import { add, multiply, subtract } from '../ir/ops/binary.ts';
import { matmul } from '../ir/ops/matmul.ts';
import { reshape } from '../ir/ops/reshape.ts';
import { pad } from '../ir/ops/slice.ts';
import { sum } from '../ir/ops/sum.ts';
import { stopGradient } from '../ir/ops/unary.ts';
import { conv, type ConvOptions } from '../ir/ops/conv.ts';
import type { Shape } from '../ir/shape.ts';
import type { Value } from '../ir/types.ts';
import { type ActivationQuantizer, activationQuantizer, quantize, type QuantizerTensors, weightQuantizer } from '../quantizers/index.ts';
import type { NodeContext } from './context.ts';

/** Weight of the newest batch in the running statistics of a quantizer: as in batch norm. */
const MOMENTUM = 0.1;

/** A node with weights. */
type Layer = Node & { readonly attributes: { readonly bias: boolean; readonly weights: QuantizerTag | null; readonly activations: QuantizerTag | null } };
type Padding = readonly [number, number, number, number];

/** A tensor of the layer, one number a channel, as it broadcasts over values of this rank. */
function channelTensor({ tensors }: Layer, role: string, rank: number, context: NodeContext): Value {
  const { shape } = tensors.find((tensor) => tensor.role === role)!;
  return perChannel(context.parameter(role, shape), rank);
}

function learnedTensors(node: Layer, roles: readonly string[] = [], rank: number, context: NodeContext): QuantizerTensors {
  return { ...Object.fromEntries(roles.map((role) => [role, channelTensor(node, role, rank, context)])), progress: context.progress() };
}

/** The running number of a quantizer, where the layer keeps one: of the batch while it is collected. */
function runningStatistic(node: Layer, { statistic }: ActivationQuantizer, x: Value, tensors: QuantizerTensors, context: NodeContext): QuantizerTensors {
  const spec = node.tensors.find(({ role }) => role === statistic?.role);
  if (statistic === undefined || spec === undefined) return {};
  const rank = x.shape.length;
  if (context.phase === 'evaluation') return { [spec.role]: perChannel(context.statistics(spec.shape), rank) };
  const axes = x.shape.map((_, axis) => axis).slice(spec.shape[0] === x.shape[0] ? 1 : 0);
  const value = stopGradient(reshape(mean(statistic.of(x, tensors), axes), spec.shape));
  context.collect({ value, momentum: MOMENTUM });
  return { [spec.role]: perChannel(value, rank) };
}

interface Quantised {
  readonly value: Value;
  /** What is to be subtracted from every tap. */
  readonly shift: Value | null;
}

/** What the layer reads, quantised as its tag says; `padding` zeros are added before, so that they are quantised too. */
function quantizeActivations(node: Layer, x: Value, padding: Padding, context: NodeContext): Quantised {
  const padded = padding.some((size) => size > 0) ? pad(x, [0, 0, padding[0], padding[2]], [0, 0, padding[1], padding[3]]) : x;
  const { activations } = node.attributes;
  if (activations === null) return { value: padded, shift: null };
  const quantizer = activationQuantizer(activations.name, activations);
  const learned = learnedTensors(node, quantizer.roles, x.shape.length, context);
  const tensors = { ...learned, ...runningStatistic(node, quantizer, x, learned, context) };
  const { shift } = quantizer;
  return { value: quantize(quantizer, padded, tensors), shift: shift === undefined ? null : channelTensor(node, shift, 2, context) };
}

/** The weights, quantised as the tag says. */
function quantizeWeights(node: Layer, shape: Shape, context: NodeContext): Value {
  return context.shared('quantised weight', () => {
    const weight = context.parameter('weight', shape);
    const { weights } = node.attributes;
    if (weights === null) return weight;
    const quantizer = weightQuantizer(weights.name, weights);
    return quantize(quantizer, weight, learnedTensors(node, quantizer.roles, shape.length, context));
  });
}

/** `sum over inputs and taps of w shift`, one number an output: `[out, 1]`. */
function shiftOf(weight: Value, shift: Value): Value {
  const [outputs, inputs] = weight.shape as [number, number];
  const taps = reshape(weight.shape.length > 2 ? sum(weight, [2, 3]) : weight, [outputs, inputs]);
  return inputs === 1 && shift.shape[0] === outputs ? multiply(taps, shift) : matmul(taps, shift);
}

/** A layer with weights of `shape`: quantised values and weights go through `product`, constants are added. */
export function applyLayer(
  node: Layer,
  x: Value,
  shape: Shape,
  context: NodeContext,
  product: (x: Value, weight: Value) => Value,
  quantisedPadding: Padding = [0, 0, 0, 0],
): Value {
  const { value, shift } = quantizeActivations(node, x, quantisedPadding, context);
  const weight = quantizeWeights(node, shape, context);
  const output = product(value, weight);
  const rank = output.shape.length;
  const biased = node.attributes.bias ? add(output, perChannel(context.parameter('bias', [shape[0]!]), rank)) : output;
  return shift === null ? biased : subtract(biased, perChannel(reshape(shiftOf(weight, shift), [shape[0]!]), rank));
}

/** A layer that is a convolution. Padded taps contribute nothing, or what the quantizer makes of 0. */
export function applyConvolution(
  node: Layer & { readonly attributes: { readonly paddingValue: 'zero' | 'quantized' } },
  x: Value,
  shape: Shape,
  context: NodeContext,
  window: ConvOptions & { readonly padding: Padding },
): Value {
  const none: Padding = [0, 0, 0, 0];
  const quantised = node.attributes.paddingValue === 'quantized';
  const product = (value: Value, weight: Value): Value => conv(value, weight, { ...window, padding: quantised ? none : window.padding });
  return applyLayer(node, x, shape, context, product, quantised ? window.padding : none);
}
