/**
 * A residual network of depthwise-separable convolutions over time, in the shape of MatchboxNet (Majumdar & Ginsburg 2020):
 * stem, residual blocks of separable convolutions, one dilated separable convolution, one pointwise convolution, mean over time, classifier.
 *
 * Block: `y = ReLU(BN(pointwise(depthwise(...))) + BN(pointwise(x)))`, with ReLU between the separable convolutions of the block.
 */
import { type Graph, GraphBuilder, type Handle, windowFrames } from '@bitvox/graph';
import { firstPrecision, INPUT_SCALE, innerPrecision, lastPrecision, type NetworkBits } from './precision.ts';

/** One residual block. */
export interface SeparableBlock {
  readonly channels: number;
  /** Odd. */
  readonly kernel: number;
  /** Separable convolutions in the block. */
  readonly repeat: number;
}

/** Options of `separable`. */
export interface SeparableOptions {
  /** Outputs of the classifier. */
  readonly labels: number;
  /** Default 40. */
  readonly bands?: number;
  /** Default 98. */
  readonly frames?: number;
  /** Channels, odd kernel and stride of the first convolution. Default 128, 11, 2. */
  readonly stem?: { readonly channels: number; readonly kernel: number; readonly stride: number };
  /** Default three blocks of 64 channels, kernels 13, 15, 17, two convolutions each (MatchboxNet-3x2x64). */
  readonly blocks?: readonly SeparableBlock[];
  /** Channels, odd kernel and dilation of the last separable convolution. Default 128, 29, 2. */
  readonly tail?: { readonly channels: number; readonly kernel: number; readonly dilation: number };
  /** Share of values dropped after every activation of a block. Default 0. */
  readonly dropout?: number;
  /** Default 32. */
  readonly bits?: NetworkBits;
}

const DEFAULT_BLOCKS: readonly SeparableBlock[] = [13, 15, 17].map((kernel) => ({ channels: 64, kernel, repeat: 2 }));

/** The network of the options as a graph. */
export function separable(options: SeparableOptions): Graph {
  const { labels, bands = 40, frames = 98, blocks = DEFAULT_BLOCKS, dropout = 0, bits = 32 } = options;
  const { stem = { channels: 128, kernel: 11, stride: 2 }, tail = { channels: 128, kernel: 29, dilation: 2 } } = options;
  const inner = innerPrecision(bits);
  const builder = new GraphBuilder('separable');
  const same = (kernel: number, dilation = 1): readonly [number, number] => [((kernel - 1) / 2) * dilation, ((kernel - 1) / 2) * dilation];
  const activate = (x: Handle, name: string): Handle => {
    const y = builder.relu(x, `${name}-relu`);
    return dropout === 0 ? y : builder.dropout(y, dropout, `${name}-dropout`);
  };
  /** Depthwise, pointwise, batch norm; the activation is the caller's. */
  const unit = (x: Handle, channels: number, kernel: number, dilation: number, name: string): Handle => {
    const depthwise = builder.depthwiseConv1d(x, { kernel, dilation, padding: same(kernel, dilation), ...inner }, `${name}-depthwise`);
    return builder.batchNorm(builder.conv1d(depthwise, { channels, ...inner }, `${name}-pointwise`), `${name}-norm`);
  };

  const input = builder.input({ channels: bands, frames, scale: INPUT_SCALE });
  const stemPadding = same(stem.kernel);
  const first = builder.conv1d(input, { ...stem, padding: stemPadding, ...firstPrecision(bits) }, 'stem');
  let x = activate(builder.batchNorm(first, 'stem-norm'), 'stem');

  blocks.forEach(({ channels, kernel, repeat }, index) => {
    const name = `block-${index}`;
    const skip = builder.batchNorm(builder.conv1d(x, { channels, ...inner }, `${name}-skip`), `${name}-skip-norm`);
    let y = x;
    for (let step = 0; step < repeat; step++) {
      y = unit(y, channels, kernel, 1, `${name}-${step}`);
      if (step < repeat - 1) y = activate(y, `${name}-${step}`);
    }
    x = activate(builder.add(y, skip, `${name}-add`), name);
  });

  x = activate(unit(x, tail.channels, tail.kernel, tail.dilation, 'tail'), 'tail');
  x = activate(builder.batchNorm(builder.conv1d(x, { channels: tail.channels, ...inner }, 'mix'), 'mix-norm'), 'mix');
  const length = windowFrames(frames, { ...stem, dilation: 1, padding: stemPadding }, 'stem');
  builder.softmax(builder.linear(builder.meanPool(x, length, 'pool'), { channels: labels, ...lastPrecision(bits) }, 'classifier'), 'scores');
  return builder.build();
}
