/**
 * Readable reference of the convolution with activations of f32, the oracle of its kernels: the pixels under the taps as rows,
 * in the order of the weights, and the matrix product of `gemm-float.ts`, whose order of additions is part of the definition.
 */
import { checkLength } from '../layout.ts';
import { checkConv, type ConvShape, depthOf, isInside, outputPair, tapsOf } from './conv-shape.ts';
import { type FloatWeights, gemmFloat } from './gemm-float.ts';

/**
 * @param rows packed rows of `channels × taps` weights, one row an output
 * @param x `[channel][height][width]`
 * @returns `[output][height'][width']`
 * @throws BitpackError `BITPACK_SHAPE`, `BITPACK_LENGTH`, `BITPACK_BYTE`
 */
export function conv2dFloat(weights: FloatWeights, rows: Uint8Array, x: Float32Array, shape: ConvShape): Float32Array<ArrayBuffer> {
  checkConv(shape);
  const { outputs, channels, height, width, stride, margins, rule } = shape;
  checkLength('activations', x.length, channels * height * width);
  const [down, across] = outputPair(shape);
  const t = down * across;
  const columns = new Float32Array(depthOf(shape) * t).fill(rule === 'minus-one' ? -1 : 0);
  tapsOf(shape).forEach((tap, n, taps) => {
    for (let channel = 0; channel < channels; channel++) {
      for (let pixel = 0; pixel < t; pixel++) {
        const [row, column] = [Math.floor(pixel / across), pixel % across];
        if (!isInside(shape, row, column, tap)) continue;
        const at = (channel * height + row * stride[0] + tap.down - margins.top) * width + column * stride[1] + tap.right - margins.left;
        columns[(channel * taps.length + n) * t + pixel] = x[at]!;
      }
    }
  });
  return gemmFloat(weights, rows, columns, { m: outputs, k: depthOf(shape), t });
}
