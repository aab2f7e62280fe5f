/** `add`: the sum of two values of one shape, the skip connection. In a stream the earlier value waits for the later one. */
import { AttributeReader } from '../attributes.ts';
import { GraphError } from '../errors.ts';
import type { NoAttributes } from './activation.ts';
import { NO_COST, type OpDefinition } from './definition.ts';

export const add: OpDefinition<NoAttributes> = {
  arity: 2,
  defaults: {},
  read(value, node) {
    new AttributeReader(value, node).end();
    return {};
  },
  shape([a, b], _, node) {
    if (a!.channels !== b!.channels || a!.frames !== b!.frames) {
      throw new GraphError('GRAPH_SHAPE', `needs two inputs of one shape, got ${a!.channels} x ${a!.frames} and ${b!.channels} x ${b!.frames}.`, node);
    }
    return a!;
  },
  tensors: () => [],
  cost: () => NO_COST,
  stream([a, b], _, node) {
    if (a!.hop !== b!.hop) throw new GraphError('GRAPH_STREAM', `adds a value every ${a!.hop} frames to one every ${b!.hop} frames.`, node);
    return {
      hop: a!.hop,
      delay: Math.max(a!.delay, b!.delay),
      receptiveField: Math.max(a!.receptiveField, b!.receptiveField),
      history: Math.abs(a!.delay - b!.delay) / a!.hop,
    };
  },
};
