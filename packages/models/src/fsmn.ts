/**
 * The plain FSMN of the BiFSMNv2 repository: layers `y = PReLU(W x + V memory(x))` over the frames of the picture, then a classifier over all
 * channels and frames. The memory is a depthwise convolution that makes `projection` channels of its input's, several of each; here it is a sum
 * over one depthwise and one pointwise convolution per such share, which are the same weights.
 */
import { type Graph, GraphBuilder, type Handle } from '@bitvox/graph';
import { INPUT_SCALE } from './precision.ts';

/** Options of `fsmn`; the defaults are the papers'. */
export interface FsmnOptions {
  /** Outputs of the classifier. */
  readonly labels: number;
  /** Default 32. Has to divide `projection`. */
  readonly bands?: number;
  /** Default 32. */
  readonly frames?: number;
  /** Default 8. */
  readonly layers?: number;
  /** Channels of every layer. Default 128. Has to divide `projection`. */
  readonly channels?: number;
  /** Channels of the memory. Default 256. */
  readonly projection?: number;
  /** Frames that the memory sees to either side. Default 3. */
  readonly context?: number;
}

/** The full-precision FSMN of the options as a graph. */
export function fsmn({ labels, bands = 32, frames = 32, layers = 8, channels = 128, projection = 256, context = 3 }: FsmnOptions): Graph {
  const builder = new GraphBuilder('fsmn');
  let x = builder.input({ channels: bands, frames, scale: INPUT_SCALE });
  let width = bands;
  for (let layer = 0; layer < layers; layer++) {
    const name = `layer-${layer}`;
    let sum: Handle = builder.conv1d(x, { channels, bias: true }, `${name}-direct`);
    for (let share = 0; share < projection / width; share++) {
      const memory = builder.depthwiseConv1d(x, { kernel: 2 * context + 1, padding: [context, context] }, `${name}-memory-${share}`);
      sum = builder.add(sum, builder.conv1d(memory, { channels }, `${name}-recall-${share}`), `${name}-add-${share}`);
    }
    x = builder.prelu(sum, `${name}-prelu`);
    width = channels;
  }
  builder.softmax(builder.conv1d(x, { channels: labels, kernel: frames, bias: true }, 'classifier'), 'scores');
  return builder.build();
}
