/** `depthwise-conv1d`: opens a stage of accumulators `z[c][t] = sum_k w[c][k] x[c][t * stride + k * dilation - left]`. */
import type { FuseRule } from './index.ts';
import { openWeighted } from './weighted.ts';

export const depthwiseConv1d: FuseRule<'depthwise-conv1d'> = (fusion, node) => {
  const { kernel, stride, dilation, padding } = node.attributes;
  openWeighted(fusion, node, 'depthwise-conv1d', { kernel, stride, dilation, padding });
};
