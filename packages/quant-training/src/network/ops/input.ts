/** `input`: real values `[channel, batch, 1, frame]`, that is `(byte - 128) * scale` of what the front end writes. */
import type { NetworkOp } from '../context.ts';

/** Name of the input of every step that takes clips. */
export const INPUTS = 'inputs';

export const input: NetworkOp<'input'> = ({ shape }, _, context) => context.input(INPUTS, [shape.channels, context.batch, 1, shape.frames]);
