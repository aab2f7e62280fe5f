/**
 * Readable reference of the matrix product with activations of f32, the oracle of its kernels:
 *
 *     C[m][t] = (((0 + G_0) + G_1) + ...),   G_q = (((0 ± X[qg][t]) ± X[qg + 1][t]) ± ...)
 *
 * Every addition rounds to f32. The inputs are summed in groups of g, each from left to right, then the groups from left to right; a
 * weight of 0 adds nothing. g depends on the weights alone, so every kernel gives the same bits for every shape.
 */
import { checkLength } from '../layout.ts';
import { unpackRows } from '../pack-rows.ts';
import type { GemmShape } from './gemm-1x1.ts';

/** Weights that are multiplied by f32 without a multiplication. */
export type FloatWeights = '1' | 'ternary';
/** Inputs of a group, by the values a weight has; 2^4 and 3^3 entries make tables that pay from some dozen rows on. */
export const FLOAT_GROUPS = { 2: 4, 3: 3 } as const;

/** The inputs of a group for a type of weights. */
export const floatGroup = (weights: FloatWeights): number => FLOAT_GROUPS[weights === '1' ? 2 : 3];

/**
 * @param rows packed rows, `m * rowBytes(k, weights)` bytes
 * @param x `[k][t]`
 * @returns `[m][t]`
 * @throws BitpackError `BITPACK_SHAPE`, `BITPACK_LENGTH`, `BITPACK_BYTE`
 */
export function gemmFloat(weights: FloatWeights, rows: Uint8Array, x: Float32Array, { m, k, t }: GemmShape): Float32Array<ArrayBuffer> {
  const values = unpackRows(rows, m, k, weights);
  checkLength('activations', x.length, k * t);
  const group = floatGroup(weights);
  const c = new Float32Array(m * t);
  for (let row = 0; row < m; row++) {
    for (let frame = 0; frame < t; frame++) {
      let sum = 0;
      for (let first = 0; first < k; first += group) {
        let part = 0;
        for (let depth = first; depth < Math.min(first + group, k); depth++) {
          const weight = values[row * k + depth]!;
          if (weight !== 0) part = Math.fround(part + weight * x[depth * t + frame]!);
        }
        sum = Math.fround(sum + part);
      }
      c[row * t + frame] = sum;
    }
  }
  return c;
}
