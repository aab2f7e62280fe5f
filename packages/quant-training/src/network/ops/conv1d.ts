/** `conv1d`: quantised input, quantised weight, dense convolution over time. */
import type { NetworkOp } from '../context.ts';
import { applyConvolution } from '../layer.ts';
import { inPlanes } from '../planes.ts';

export const conv1d: NetworkOp<'conv1d'> = (node, [x], context) => {
  const { channels, kernel, stride, dilation, padding } = node.attributes;
  return applyConvolution(node, inPlanes(x!, 1), [channels, node.inputShapes[0]!.channels, 1, kernel], context, {
    stride: [1, stride],
    dilation: [1, dilation],
    padding: [0, 0, padding[0], padding[1]],
  });
};
