/**
 * DFSMN with 1-bit weights and activations, in the shape of BiFSMN (Qin et al. 2022) over a one-dimensional front layer.
 *
 * Block: `m = PReLU(BN(memory(sign BN x))) + x`, `u = PReLU(BN(expand(sign BN m)))`, `y = PReLU(BN(project(sign u))) + m`, where `memory`
 * is a depthwise convolution over `lookBack + 1 + lookAhead` frames. Both skip connections are real-valued (Bi-Real). BiFSMN takes the
 * sign of the skip connection as it is; the batch norm before it costs one threshold per channel and lets every channel carry a bit.
 * The front layer takes every third frame, the head averages over time, so that the network runs on clips and on streams.
 */
import { type Graph, GraphBuilder, type Handle, windowFrames } from '@bitvox/graph';
import { firstPrecision, INPUT_SCALE, innerPrecision, lastPrecision, type NetworkBits } from './precision.ts';

/** Options of `dfsmn`. */
export interface DfsmnOptions {
  /** Outputs of the classifier. */
  readonly labels: number;
  /** Bands of the front end. Default 40. */
  readonly bands?: number;
  /** Frames of one clip. Default 98 (one second). */
  readonly frames?: number;
  /** Channels between blocks (the projection p of the paper). Default 128. */
  readonly channels?: number;
  /** Channels inside a block (the hidden layer h). Default 256. */
  readonly hidden?: number;
  /** Default 8. */
  readonly blocks?: number;
  /** Frames of context to the left and to the right of the memory. Default [4, 4]. */
  readonly memory?: readonly [number, number];
  /** Frames between two frames of the memory. Default 1. */
  readonly dilation?: number;
  /** Kernel and stride of the front layer. Default [5, 3]. */
  readonly front?: readonly [number, number];
  /** Default 1. */
  readonly bits?: NetworkBits;
}

/** The DFSMN of the options as a graph; its float twin is the same with `bits: 32`. */
export function dfsmn(options: DfsmnOptions): Graph {
  const { labels, bands = 40, frames = 98, channels = 128, hidden = 256, blocks = 8, memory = [4, 4], dilation = 1, front = [5, 3], bits = 1 } = options;
  const [lookBack, lookAhead] = memory;
  const inner = innerPrecision(bits);
  const builder = new GraphBuilder('dfsmn');
  const input = builder.input({ channels: bands, frames, scale: INPUT_SCALE });

  const [kernel, stride] = front;
  const stem = builder.conv1d(input, { channels, kernel, stride, ...firstPrecision(bits) }, 'front');
  let x: Handle = builder.prelu(builder.batchNorm(stem, 'front-norm'), 'front-prelu');

  for (let block = 0; block < blocks; block++) {
    const name = (part: string): string => `block-${block}-${part}`;
    const window = { kernel: lookBack + 1 + lookAhead, dilation, padding: [lookBack * dilation, lookAhead * dilation] as const };
    const remembered = builder.depthwiseConv1d(builder.batchNorm(x, name('memory-centre')), { ...window, ...inner }, name('memory'));
    const m = builder.add(builder.prelu(builder.batchNorm(remembered, name('memory-norm')), name('memory-prelu')), x, name('memory-add'));
    const expanded = builder.conv1d(builder.batchNorm(m, name('expand-centre')), { channels: hidden, ...inner }, name('expand'));
    const u = builder.prelu(builder.batchNorm(expanded, name('expand-norm')), name('expand-prelu'));
    const projected = builder.conv1d(u, { channels, ...inner }, name('project'));
    x = builder.add(builder.prelu(builder.batchNorm(projected, name('project-norm')), name('project-prelu')), m, name('project-add'));
  }

  const length = windowFrames(frames, { kernel, stride, dilation: 1, padding: [0, 0] }, 'front');
  const pooled = builder.batchNorm(builder.meanPool(x, length, 'pool'), 'pool-norm');
  builder.softmax(builder.linear(pooled, { channels: labels, ...lastPrecision(bits) }, 'classifier'), 'scores');
  return builder.build();
}
