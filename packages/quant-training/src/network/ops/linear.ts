/** `linear`: quantised input, quantised weight, one matrix product over all frames of all clips. */
import { matmul } from '../../ir/ops/matmul.ts';
import { reshape } from '../../ir/ops/reshape.ts';
import type { NetworkOp } from '../context.ts';
import { applyLayer } from '../layer.ts';
import { inPlanes } from '../planes.ts';

export const linear: NetworkOp<'linear'> = (node, [x], context) => {
  const { channels } = node.attributes;
  const { channels: inputs, frames } = node.inputShapes[0]!;
  return applyLayer(node, inPlanes(x!, 1), [channels, inputs], context, (value, weight) => {
    const columns = reshape(value, [inputs, context.batch * frames]);
    return reshape(matmul(weight, columns), [channels, context.batch, 1, frames]);
  });
};
