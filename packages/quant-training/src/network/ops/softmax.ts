/** `softmax`: the identity here. Losses and predictors work on logits, and the network checks that nothing follows a softmax. */
import type { NetworkOp } from '../context.ts';

export const softmax: NetworkOp<'softmax'> = (_, [x]) => x!;
