/**
 * `depthwise-conv1d`: one filter per channel over time, `y[c][t] = bias[c] + sum_k w[c][k] x[c][t * stride + k * dilation - left]`.
 * With a skip connection it is the memory block of an FSMN (look-back = left, look-ahead = right). Weight shape `[channels, 1, kernel]`.
 */
import { AttributeReader } from '../attributes.ts';
import { type QuantizerTag, readTag } from '../tag.ts';
import { bitsOf, type OpDefinition } from './definition.ts';
import { readWindow, type Window, windowFrames, windowStream } from './window.ts';

/** Attributes of `depthwise-conv1d`. */
export interface DepthwiseConv1dAttributes extends Window {
  readonly bias: boolean;
  readonly weights: QuantizerTag | null;
  readonly activations: QuantizerTag | null;
}

export const depthwiseConv1d: OpDefinition<DepthwiseConv1dAttributes> = {
  arity: 1,
  read(value, node) {
    const reader = new AttributeReader(value, node);
    const attributes: DepthwiseConv1dAttributes = {
      ...readWindow(reader),
      bias: reader.boolean('bias'),
      weights: readTag(reader.raw('weights'), node, 'weights'),
      activations: readTag(reader.raw('activations'), node, 'activations'),
    };
    reader.end();
    return attributes;
  },
  shape: ([x], attributes, node) => ({ channels: x!.channels, frames: windowFrames(x!.frames, attributes, node) }),
  tensors([x], { kernel, bias, weights }) {
    const weight = { role: 'weight', shape: [x!.channels, 1, kernel], trainable: true, bits: bitsOf(weights) } as const;
    return bias ? [weight, { role: 'bias', shape: [x!.channels], trainable: true, bits: 32 }] : [weight];
  },
  cost: (_, output, { kernel, weights, activations }) => ({
    macs: kernel * output.channels * output.frames,
    weightBits: bitsOf(weights),
    activationBits: bitsOf(activations),
  }),
  stream: (inputs, attributes) => windowStream(inputs, attributes),
};
