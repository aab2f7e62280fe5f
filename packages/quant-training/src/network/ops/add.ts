/** `add`: the skip connection. */
import { add as sum } from '../../ir/ops/binary.ts';
import type { NetworkOp } from '../context.ts';

export const add: NetworkOp<'add'> = (_, [a, b]) => sum(a!, b!);
