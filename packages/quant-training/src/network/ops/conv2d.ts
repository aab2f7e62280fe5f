/** `conv2d`: quantised input, quantised weight, dense convolution over rows and time. */
import type { NetworkOp } from '../context.ts';
import { applyConvolution } from '../layer.ts';
import { inPlanes } from '../planes.ts';

export const conv2d: NetworkOp<'conv2d'> = (node, [x], context) => {
  const { channels, height, kernel, stride, padding } = node.attributes;
  const planes = node.inputShapes[0]!.channels / height;
  return applyConvolution(node, inPlanes(x!, height), [channels, planes, ...kernel], context, { stride, padding });
};
