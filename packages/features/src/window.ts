/**
 * Window functions (tapers) in float64.
 * Invariant: built from `elementary.ts`, so every engine gets the same bits.
 */
import { cosineOfTurn, exponential, naturalLog } from './elementary.ts';

/**
 * `hann-periodic` 0.5 - 0.5 cos(2 pi i / n), `hann-symmetric` with n - 1, `hann-midpoint` with i + 1/2 over n,
 * `hamming-periodic` 0.54 - 0.46 cos(2 pi i / n), `povey` = `hann-symmetric` to the power 0.85, `rectangular` = 1.
 */
export type WindowKind = 'hann-periodic' | 'hann-symmetric' | 'hann-midpoint' | 'hamming-periodic' | 'povey' | 'rectangular';

/** Every window function by name. */
export const WINDOW_KINDS: readonly WindowKind[] = ['hann-periodic', 'hann-symmetric', 'hann-midpoint', 'hamming-periodic', 'povey', 'rectangular'];

const raisedCosine = (numerator: number, denominator: number): number => 0.5 - 0.5 * cosineOfTurn(numerator, denominator);

function value(kind: WindowKind, i: number, length: number): number {
  switch (kind) {
    case 'hann-periodic':
      return raisedCosine(i, length);
    case 'hann-symmetric':
      return raisedCosine(i, length - 1);
    case 'hann-midpoint':
      return raisedCosine(2 * i + 1, 2 * length);
    case 'hamming-periodic':
      return 0.54 - 0.46 * cosineOfTurn(i, length);
    case 'povey': {
      const hann = raisedCosine(i, length - 1);
      return hann === 0 ? 0 : exponential(0.85 * naturalLog(hann));
    }
    case 'rectangular':
      return 1;
  }
}

/** The `length` (>= 2) values of a window function. */
export function windowFunction(kind: WindowKind, length: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => value(kind, i, length));
}
