/**
 * The type II cosine transform that turns log-mel bands into cepstral coefficients:
 * c[k] = s(k) sum over m of x[m] cos(pi k (m + 1/2) / M).
 */
import { cosineOfTurn } from './elementary.ts';

/** `orthonormal`: s(0) = sqrt(1/M), s(k) = sqrt(2/M). `uniform` (TensorFlow): sqrt(2/M) for every k. */
export type CosineScaling = 'orthonormal' | 'uniform';

/** The matrix [coefficients][bands], row-major. */
export function cosineMatrix(coefficients: number, bands: number, scaling: CosineScaling): Float64Array {
  const matrix = new Float64Array(coefficients * bands);
  for (let k = 0; k < coefficients; k++) {
    const scale = Math.sqrt((k === 0 && scaling === 'orthonormal' ? 1 : 2) / bands);
    for (let m = 0; m < bands; m++) matrix[k * bands + m] = scale * cosineOfTurn(k * (2 * m + 1), 4 * bands);
  }
  return matrix;
}
