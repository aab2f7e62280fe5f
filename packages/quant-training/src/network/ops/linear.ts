/** `linear`: quantised input, quantised weight, one matrix product over all frames of all clips. */
import { matmul } from '../../ir/ops/matmul.ts';
import { reshape } from '../../ir/ops/reshape.ts';
import type { NetworkOp } from '../context.ts';
import { addBias, quantizeActivations, quantizeWeights } from '../layer.ts';

export const linear: NetworkOp<'linear'> = (node, [x], context) => {
  const { channels } = node.attributes;
  const { channels: inputs, frames } = node.inputShapes[0]!;
  const weight = context.parameter('weight', [channels, inputs]);
  const columns = reshape(quantizeActivations(node, x!), [inputs, context.batch * frames]);
  const product = matmul(quantizeWeights(node, weight), columns);
  return addBias(node, reshape(product, [channels, context.batch, 1, frames]), context);
};
