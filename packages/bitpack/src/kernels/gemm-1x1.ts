/**
 * Readable reference of the 1-bit × 1-bit matrix product, the oracle of every kernel:
 *
 *     C[m][t] = sum over k of s(W[m][k]) * s(X[k][t]),   s(1) = +1, s(0) = −1
 *
 * Invariant: exact; |C| <= K, and C has the parity of K.
 */
import { checkLength } from '../layout.ts';
import { unpackSigns } from '../unpack.ts';

/** Rows of weights (`m`), depth (`k`) and frames (`t`). */
export interface GemmShape {
  readonly m: number;
  readonly k: number;
  readonly t: number;
}

/**
 * @param weights packed rows, `m * rowBytes(k)` bytes
 * @param x one byte 0 or 1 per element, `[k][t]`
 * @returns `[m][t]`, not narrowed
 * @throws BitpackError `BITPACK_SHAPE`, `BITPACK_LENGTH`
 */
export function gemm1x1(weights: Uint8Array, x: Uint8Array, { m, k, t }: GemmShape): Int32Array<ArrayBuffer> {
  const signs = unpackSigns(weights, m, k);
  checkLength('activations', x.length, k * t);
  const c = new Int32Array(m * t);
  for (let row = 0; row < m; row++) {
    for (let depth = 0; depth < k; depth++) {
      const weight = signs[row * k + depth]!;
      for (let frame = 0; frame < t; frame++) {
        c[row * t + frame]! += weight * (2 * x[depth * t + frame]! - 1);
      }
    }
  }
  return c;
}
