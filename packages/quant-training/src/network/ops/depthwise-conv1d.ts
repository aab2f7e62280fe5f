/** `depthwise-conv1d`: quantised input, quantised weight, one filter per channel over time. Padded taps contribute nothing. */
import { conv } from '../../ir/ops/conv.ts';
import type { NetworkOp } from '../context.ts';
import { addBias, quantizeActivations, quantizeWeights } from '../layer.ts';

export const depthwiseConv1d: NetworkOp<'depthwise-conv1d'> = (node, [x], context) => {
  const { kernel, stride, dilation, padding } = node.attributes;
  const { channels } = node.shape;
  const weight = context.parameter('weight', [channels, 1, 1, kernel]);
  const product = conv(quantizeActivations(node, x!), quantizeWeights(node, weight), {
    stride: [1, stride],
    dilation: [1, dilation],
    padding: [0, 0, padding[0], padding[1]],
    groups: channels,
  });
  return addBias(node, product, context);
};
