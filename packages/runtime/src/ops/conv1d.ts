/** `conv1d`: opens a stage of dense accumulators `z[o][t] = sum_{i,k} w[o][i][k] x[i][t * stride + k * dilation - left]`. */
import type { FuseRule } from './index.ts';
import { openWeighted } from './weighted.ts';

export const conv1d: FuseRule<'conv1d'> = (fusion, node) => {
  const { kernel, stride, dilation, padding } = node.attributes;
  openWeighted(fusion, node, 'conv1d', { kernel, stride, dilation, padding });
};
