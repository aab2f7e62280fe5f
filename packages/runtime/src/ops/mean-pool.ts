/** `mean-pool`: opens a stage of sums over a window; integers divide in the affine map, floats in the accumulator. */
import type { FuseRule } from './index.ts';

export const meanPool: FuseRule<'mean-pool'> = (fusion, node) => {
  const { window } = node.attributes;
  fusion.open(node, 'mean-pool', fusion.inputOf(node), { window: { kernel: window, stride: 1, dilation: 1, padding: [0, 0] } });
};
