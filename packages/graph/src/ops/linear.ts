/**
 * `linear`: `y[o] = bias[o] + sum_i w[o][i] x[i]`, applied to every frame. Weight shape `[out, in]`.
 * It is what a classifier ends with; on a value with time it equals a pointwise convolution.
 */
import { AttributeReader } from '../attributes.ts';
import { type QuantizerTag, readTag } from '../tag.ts';
import { bitsOf, framewise, LIMITS, type OpDefinition } from './definition.ts';

/** Attributes of `linear`. */
export interface LinearAttributes {
  /** Output features. */
  readonly channels: number;
  readonly bias: boolean;
  readonly weights: QuantizerTag | null;
  readonly activations: QuantizerTag | null;
}

export const linear: OpDefinition<LinearAttributes> = {
  arity: 1,
  read(value, node) {
    const reader = new AttributeReader(value, node);
    const attributes: LinearAttributes = {
      channels: reader.integer('channels', 1, LIMITS.channels),
      bias: reader.boolean('bias'),
      weights: readTag(reader.raw('weights'), node, 'weights'),
      activations: readTag(reader.raw('activations'), node, 'activations'),
    };
    reader.end();
    return attributes;
  },
  shape: ([x], { channels }) => ({ channels, frames: x!.frames }),
  tensors([x], { channels, bias, weights }) {
    const weight = { role: 'weight', shape: [channels, x!.channels], trainable: true, bits: bitsOf(weights) } as const;
    return bias ? [weight, { role: 'bias', shape: [channels], trainable: true, bits: 32 }] : [weight];
  },
  cost: ([x], output, { weights, activations }) => ({
    macs: x!.channels * output.channels * output.frames,
    weightBits: bitsOf(weights),
    activationBits: bitsOf(activations),
  }),
  stream: framewise,
};
