/**
 * `mean-pool`: the mean over a sliding window of `window` frames, `y[c][t] = (1 / window) sum_{k < window} x[c][t + k]`.
 * Over a clip of exactly `window` frames this is global average pooling; in a stream it is a running mean.
 */
import { AttributeReader } from '../attributes.ts';
import { GraphError } from '../errors.ts';
import { LIMITS, NO_COST, type OpDefinition } from './definition.ts';

/** Attributes of `mean-pool`. */
export interface MeanPoolAttributes {
  /** Frames of its input that are averaged. */
  readonly window: number;
}

export const meanPool: OpDefinition<MeanPoolAttributes> = {
  arity: 1,
  defaults: {},
  read(value, node) {
    const reader = new AttributeReader(value, node);
    const window = reader.integer('window', 1, LIMITS.frames);
    reader.end();
    return { window };
  },
  shape([x], { window }, node) {
    if (x!.frames < window) throw new GraphError('GRAPH_SHAPE', `averages ${window} frames, got only ${x!.frames}.`, node);
    return { channels: x!.channels, frames: x!.frames - window + 1 };
  },
  tensors: () => [],
  cost: () => NO_COST,
  stream([x], { window }) {
    const reach = (window - 1) * x!.hop;
    return { hop: x!.hop, delay: x!.delay + reach, receptiveField: x!.receptiveField + reach, history: window - 1 };
  },
};
