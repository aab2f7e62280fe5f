/**
 * `linear`: `y[o] = bias[o] + sum_i w[o][i] x[i]`, applied to every frame. Weight shape `[out, in]`.
 * It is what a classifier ends with; on a value with time it equals a pointwise convolution.
 */
import { AttributeReader } from '../attributes.ts';
import { framewise, LIMITS, type OpDefinition } from './definition.ts';
import { LAYER_DEFAULTS, type LayerAttributes, layerRules, readLayer } from './layer.ts';

/** Attributes of `linear`. */
export interface LinearAttributes extends LayerAttributes {
  /** Output features. */
  readonly channels: number;
}

export const linear: OpDefinition<LinearAttributes> = {
  arity: 1,
  defaults: { ...LAYER_DEFAULTS, bias: true },
  read(value, node) {
    const reader = new AttributeReader(value, node);
    const attributes: LinearAttributes = { channels: reader.integer('channels', 1, LIMITS.channels), ...readLayer(reader, node) };
    reader.end();
    return attributes;
  },
  shape: ([x], { channels }) => ({ channels, frames: x!.frames }),
  ...layerRules((x, { channels }) => [channels, x.channels]),
  stream: framewise,
};
