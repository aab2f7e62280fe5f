/**
 * Readable reference of the matrix product for every pair of types, the oracle of every kernel:
 *
 *     C[m][t] = sum over k of W[m][k] * X[k][t],   X = −1 or +1 where activations are bits
 *
 * Invariant: exact while the sums fit 32 bits, which the limits of the kernels see to.
 */
import { BitpackError } from '../errors.ts';
import { checkLength, type WeightType } from '../layout.ts';
import { unpackRows } from '../pack-rows.ts';
import type { GemmShape } from './gemm-1x1.ts';
import type { GemmActivations } from './kernel.ts';

/** What is multiplied by what. */
export interface GemmTypes {
  readonly weights: WeightType;
  readonly activations: GemmActivations;
}

/**
 * @param rows packed rows, `m * rowBytes(k, weights)` bytes
 * @param x one byte per element, `[k][t]`: 0 or 1 for bits, −128 to 127 for `int8`
 * @returns `[m][t]`
 * @throws BitpackError `BITPACK_SHAPE`, `BITPACK_LENGTH`, `BITPACK_TYPE`, `BITPACK_BYTE`
 */
export function gemm({ weights, activations }: GemmTypes, rows: Uint8Array, x: Uint8Array | Int8Array, { m, k, t }: GemmShape): Int32Array<ArrayBuffer> {
  if (activations === 'f32') throw new BitpackError('BITPACK_TYPE', 'Got activations of f32, which `gemmFloat` multiplies.');
  const values = unpackRows(rows, m, k, weights);
  checkLength('activations', x.length, k * t);
  const numbers = activations === '1' ? new Int8Array(x).map((bit) => 2 * bit - 1) : new Int8Array(x);
  const c = new Int32Array(m * t);
  for (let row = 0; row < m; row++) {
    for (let depth = 0; depth < k; depth++) {
      const weight = values[row * k + depth]!;
      for (let frame = 0; frame < t; frame++) c[row * t + frame]! += weight * numbers[depth * t + frame]!;
    }
  }
  return c;
}
