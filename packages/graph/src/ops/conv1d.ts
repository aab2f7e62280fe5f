/**
 * `conv1d`: dense convolution over time, `y[o][t] = bias[o] + sum_{i,k} w[o][i][k] x[i][t * stride + k * dilation - left]`.
 * Kernel 1 is the pointwise (1x1) convolution. Weight shape `[out, in, kernel]`.
 */
import { AttributeReader } from '../attributes.ts';
import { type QuantizerTag, readTag } from '../tag.ts';
import { bitsOf, LIMITS, type OpDefinition } from './definition.ts';
import { readWindow, type Window, windowFrames, windowStream } from './window.ts';

/** Attributes of `conv1d`. */
export interface Conv1dAttributes extends Window {
  /** Output channels. */
  readonly channels: number;
  readonly bias: boolean;
  /** Quantizer of the weights; `null` is float. */
  readonly weights: QuantizerTag | null;
  /** Quantizer of the input; `null` is float. */
  readonly activations: QuantizerTag | null;
}

export const conv1d: OpDefinition<Conv1dAttributes> = {
  arity: 1,
  read(value, node) {
    const reader = new AttributeReader(value, node);
    const attributes: Conv1dAttributes = {
      channels: reader.integer('channels', 1, LIMITS.channels),
      ...readWindow(reader),
      bias: reader.boolean('bias'),
      weights: readTag(reader.raw('weights'), node, 'weights'),
      activations: readTag(reader.raw('activations'), node, 'activations'),
    };
    reader.end();
    return attributes;
  },
  shape: ([x], attributes, node) => ({ channels: attributes.channels, frames: windowFrames(x!.frames, attributes, node) }),
  tensors([x], { channels, kernel, bias, weights }) {
    const weight = { role: 'weight', shape: [channels, x!.channels, kernel], trainable: true, bits: bitsOf(weights) } as const;
    return bias ? [weight, { role: 'bias', shape: [channels], trainable: true, bits: 32 }] : [weight];
  },
  cost: ([x], output, { kernel, weights, activations }) => ({
    macs: x!.channels * kernel * output.channels * output.frames,
    weightBits: bitsOf(weights),
    activationBits: bitsOf(activations),
  }),
  stream: (inputs, attributes) => windowStream(inputs, attributes),
};
