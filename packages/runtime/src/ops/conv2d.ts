/**
 * `conv2d`: opens a stage of dense accumulators over rows and time,
 * `z[o][r][t] = sum_{i,j,k} w[o][i][j][k] x[i][r * strideRows + j - top][t * strideFrames + k - left]`.
 */
import { RuntimeError } from '../errors.ts';
import type { FuseRule } from './index.ts';
import { openWeighted } from './weighted.ts';

export const conv2d: FuseRule<'conv2d'> = (fusion, node) => {
  const { channels, height, kernel, stride, padding, paddingValue, activations } = node.attributes;
  if (paddingValue === 'quantized' && activations?.bits === 1 && padding[0] + padding[1] > 0) {
    throw new RuntimeError('RUNTIME_QUANTIZER', '1-bit activations of padded rows; only padded frames can be quantised.', node.name);
  }
  openWeighted(
    fusion,
    node,
    'conv2d',
    { kernel: kernel[1], stride: stride[1], dilation: 1, padding: [padding[2], padding[3]] },
    { input: height, output: node.shape.channels / channels, kernel: kernel[0], stride: stride[0], top: padding[0] },
  );
};
