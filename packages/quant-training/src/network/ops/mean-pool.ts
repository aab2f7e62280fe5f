/** `mean-pool`: mean over a sliding window of frames; over a window of the whole clip one plain sum. */
import { mean } from '../../ir/compose.ts';
import { conv } from '../../ir/ops/conv.ts';
import { constant } from '../../ir/ops/leaf.ts';
import type { NetworkOp } from '../context.ts';
import { inPlanes } from '../planes.ts';

export const meanPool: NetworkOp<'mean-pool'> = (node, [input]) => {
  const x = inPlanes(input!, 1);
  const { window } = node.attributes;
  const { channels, frames } = node.shape;
  if (frames === 1) return mean(x, [3]);
  return conv(x, constant(new Float32Array(channels * window).fill(1 / window), [channels, 1, 1, window]), { groups: channels });
};
