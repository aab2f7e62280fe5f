/** `add`: the skip connection. */
import { add as sum } from '../../ir/ops/binary.ts';
import type { NetworkOp } from '../context.ts';
import { inPlanes } from '../planes.ts';

export const add: NetworkOp<'add'> = (_, [a, b]) => sum(a!, inPlanes(b!, a!.shape[2]!));
