/** `depthwise-conv1d`: quantised input, quantised weight, one filter per channel over time. */
import type { NetworkOp } from '../context.ts';
import { applyConvolution } from '../layer.ts';
import { inPlanes } from '../planes.ts';

export const depthwiseConv1d: NetworkOp<'depthwise-conv1d'> = (node, [x], context) => {
  const { kernel, stride, dilation, padding } = node.attributes;
  const { channels } = node.shape;
  return applyConvolution(node, inPlanes(x!, 1), [channels, 1, 1, kernel], context, {
    stride: [1, stride],
    dilation: [1, dilation],
    padding: [0, 0, padding[0], padding[1]],
    groups: channels,
  });
};
