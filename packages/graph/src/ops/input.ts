/**
 * `input`: the frames that the front end hands over, `[channels, frames]`, 8-bit with a power-of-two scale.
 * The real value of a cell is `(byte - 128) * scale` with `byte` 0 to 255 as the front end writes it.
 */
import { AttributeReader } from '../attributes.ts';
import { LIMITS, NO_COST, type OpDefinition } from './definition.ts';

/** Attributes of `input`. */
export interface InputAttributes {
  readonly channels: number;
  /** Frames of one clip; a stream is not bound to it. */
  readonly frames: number;
  /** Real value of one step, a power of two. */
  readonly scale: number;
}

export const input: OpDefinition<InputAttributes> = {
  arity: 0,
  defaults: {},
  read(value, node) {
    const reader = new AttributeReader(value, node);
    const channels = reader.integer('channels', 1, LIMITS.channels);
    const frames = reader.integer('frames', 1, LIMITS.frames);
    const scale = reader.number('scale', 2 ** -24, 1);
    if (Math.log2(scale) % 1 !== 0) reader.fail('scale', 'a power of two', scale);
    reader.end();
    return { channels, frames, scale };
  },
  shape: (_, { channels, frames }) => ({ channels, frames }),
  tensors: () => [],
  cost: () => NO_COST,
  stream: () => ({ hop: 1, delay: 0, receptiveField: 1, history: 0 }),
};
