/** `relu`: `max(x, 0)`; the gradient at 0 is 0. */
import { relu as rectify } from '../../ir/compose.ts';
import type { NetworkOp } from '../context.ts';

export const relu: NetworkOp<'relu'> = (_, [x]) => rectify(x!);
