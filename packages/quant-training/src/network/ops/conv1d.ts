/** `conv1d`: quantised input, quantised weight, dense convolution over time. Padding is added after the quantizer, so padded taps contribute nothing. */
import { conv } from '../../ir/ops/conv.ts';
import type { NetworkOp } from '../context.ts';
import { addBias, quantizeActivations, quantizeWeights } from '../layer.ts';

export const conv1d: NetworkOp<'conv1d'> = (node, [x], context) => {
  const { channels, kernel, stride, dilation, padding } = node.attributes;
  const weight = context.parameter('weight', [channels, node.inputShapes[0]!.channels, 1, kernel]);
  const product = conv(quantizeActivations(node, x!), quantizeWeights(node, weight), {
    stride: [1, stride],
    dilation: [1, dilation],
    padding: [0, 0, padding[0], padding[1]],
  });
  return addBias(node, product, context);
};
