/** `prelu`: `x` where `x > 0`, else `slope x`, with one learned slope per node (He et al. 2015). */
import { prelu as leak } from '../../ir/compose.ts';
import type { NetworkOp } from '../context.ts';

export const prelu: NetworkOp<'prelu'> = (_, [x], context) => leak(x!, context.parameter('slope', [1]));
