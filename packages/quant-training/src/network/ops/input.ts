/** `input`: real values `[channel, batch, 1, frame]`, that is `(byte - 128) * scale` of what the front end writes. */
import { input as inputLeaf } from '../../ir/ops/leaf.ts';
import type { NetworkOp } from '../context.ts';

/** Name of the input of every step that takes clips. */
export const INPUTS = 'inputs';

export const input: NetworkOp<'input'> = ({ shape }, _, { batch }) => inputLeaf(INPUTS, [shape.channels, batch, 1, shape.frames]);
