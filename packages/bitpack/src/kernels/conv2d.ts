/**
 * Readable reference of the convolution for every pair of types, the oracle of every kernel:
 *
 *     Y[m][y][x] = Σ over c, i, j of W[m][c][i][j] · X[c][y·stride + i·dilation − top][x·stride + j·dilation − left]
 *
 * with X = −1 or +1 where activations are bits, and outside the plane 0 (`zero`) or −1 (`minus-one`).
 * Invariant: exact while the sums fit 32 bits, which the limits of the kernels see to.
 */
import { checkLength } from '../layout.ts';
import { unpackRows } from '../pack-rows.ts';
import { checkConv, type ConvShape, depthOf, isInside, outputPair, tapsOf } from './conv-shape.ts';
import type { GemmTypes } from './gemm.ts';

/**
 * @param rows packed rows of `channels × taps` weights, one row an output
 * @param x one byte per element, `[channel][height][width]`: 0 or 1 for bits, −128 to 127 for `int8`
 * @returns `[output][height'][width']`
 * @throws BitpackError `BITPACK_SHAPE`, `BITPACK_LENGTH`, `BITPACK_TYPE`, `BITPACK_BYTE`
 */
export function conv2d({ weights, activations }: GemmTypes, rows: Uint8Array, x: Uint8Array | Int8Array, shape: ConvShape): Int32Array<ArrayBuffer> {
  checkConv(shape);
  const { outputs, channels, height, width, stride, margins, rule } = shape;
  const values = unpackRows(rows, outputs, depthOf(shape), weights);
  checkLength('activations', x.length, channels * height * width);
  const numbers = activations === '1' ? Int8Array.from(x, (bit) => 2 * bit - 1) : Int8Array.from(x);
  const [positions, [down, across]] = [tapsOf(shape), outputPair(shape)];
  const pixel = (channel: number, y: number, column: number, tap: (typeof positions)[number]): number => {
    if (!isInside(shape, y, column, tap)) return rule === 'zero' ? 0 : -1;
    const [row, at] = [y * stride[0] + tap.down - margins.top, column * stride[1] + tap.right - margins.left];
    return numbers[(channel * height + row) * width + at]!;
  };
  const results = new Int32Array(outputs * down * across);
  for (let at = 0; at < results.length; at++) {
    const [output, y, column] = [Math.floor(at / (down * across)), Math.floor(at / across) % down, at % across];
    for (let channel = 0; channel < channels; channel++) {
      const first = (output * channels + channel) * positions.length;
      positions.forEach((tap, n) => (results[at]! += values[first + n]! * pixel(channel, y, column, tap)));
    }
  }
  return results;
}
