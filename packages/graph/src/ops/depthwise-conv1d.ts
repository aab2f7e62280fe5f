/**
 * `depthwise-conv1d`: one filter per channel over time, `y[c][t] = bias[c] + sum_k w[c][k] x[c][t * stride + k * dilation - left]`.
 * With a skip connection it is the memory block of an FSMN (look-back = left, look-ahead = right). Weight shape `[channels, 1, kernel]`.
 */
import { AttributeReader } from '../attributes.ts';
import type { OpDefinition } from './definition.ts';
import { layerRules, PADDED_LAYER_DEFAULTS, type PaddedLayerAttributes, readPaddedLayer } from './layer.ts';
import { readWindow, type Window, WINDOW_DEFAULTS, windowFrames, windowStream } from './window.ts';

/** Attributes of `depthwise-conv1d`. */
export interface DepthwiseConv1dAttributes extends Window, PaddedLayerAttributes {}

export const depthwiseConv1d: OpDefinition<DepthwiseConv1dAttributes> = {
  arity: 1,
  defaults: { ...WINDOW_DEFAULTS, ...PADDED_LAYER_DEFAULTS },
  read(value, node) {
    const reader = new AttributeReader(value, node);
    const attributes: DepthwiseConv1dAttributes = { ...readWindow(reader), ...readPaddedLayer(reader, node) };
    reader.end();
    return attributes;
  },
  shape: ([x], attributes, node) => ({ channels: x!.channels, frames: windowFrames(x!.frames, attributes, node) }),
  ...layerRules((x, { kernel }) => [x.channels, 1, kernel], { depthwise: true }),
  stream: (inputs, attributes) => windowStream(inputs, attributes),
};
