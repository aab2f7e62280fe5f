/**
 * `conv1d`: dense convolution over time, `y[o][t] = bias[o] + sum_{i,k} w[o][i][k] x[i][t * stride + k * dilation - left]`.
 * Kernel 1 is the pointwise (1x1) convolution; a kernel over all frames is a linear layer on the flattened value. Weight shape `[out, in, kernel]`.
 */
import { AttributeReader } from '../attributes.ts';
import { LIMITS, type OpDefinition } from './definition.ts';
import { layerRules, PADDED_LAYER_DEFAULTS, type PaddedLayerAttributes, readPaddedLayer } from './layer.ts';
import { readWindow, type Window, WINDOW_DEFAULTS, windowFrames, windowStream } from './window.ts';

/** Attributes of `conv1d`. */
export interface Conv1dAttributes extends Window, PaddedLayerAttributes {
  /** Output channels. */
  readonly channels: number;
}

export const conv1d: OpDefinition<Conv1dAttributes> = {
  arity: 1,
  defaults: { kernel: 1, ...WINDOW_DEFAULTS, ...PADDED_LAYER_DEFAULTS },
  read(value, node) {
    const reader = new AttributeReader(value, node);
    const channels = reader.integer('channels', 1, LIMITS.channels);
    const attributes: Conv1dAttributes = { channels, ...readWindow(reader), ...readPaddedLayer(reader, node) };
    reader.end();
    return attributes;
  },
  shape: ([x], attributes, node) => ({ channels: attributes.channels, frames: windowFrames(x!.frames, attributes, node) }),
  ...layerRules((x, { channels, kernel }) => [channels, x.channels, kernel]),
  stream: (inputs, attributes) => windowStream(inputs, attributes),
};
