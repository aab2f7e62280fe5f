/** `dropout`: in training a product with a random mask that the trainer draws; the identity otherwise (Srivastava et al. 2014). */
import { multiply } from '../../ir/ops/binary.ts';
import type { NetworkOp } from '../context.ts';

export const dropout: NetworkOp<'dropout'> = (node, [x], context) => {
  const { rate } = node.attributes;
  return context.phase === 'training' && rate > 0 ? multiply(x!, context.mask(x!.shape, rate)) : x!;
};
