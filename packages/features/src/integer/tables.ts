/**
 * The constant tables of an integer front end. All are integers; an exporter prints them as they are.
 *
 *   window      Q15  min(32767, round(w[i] 2^15))
 *   sine        Q15  clamp(round(sin(2 pi k / fft) 2^15), -32767, 32767), k = 0 .. fft - 1; cosine k is sine k + fft / 4
 *   reversal    position of complex sample i in bit-reversed order, i = 0 .. fft / 2 - 1
 *   melWeights  Q15  round(weight 2^15), a run of `melCounts[b]` bins from `melStarts[b]` on for every band, one run after the other
 *   log2        Q15  round(2^15 log2(1 + i / 64)), i = 0 .. 64
 *   curve       Q7   clamp(round(2^7 level(2^(i / 4))), -32768, 32767), i = 0 .. 256: the level over log2 of the energy in quarter octaves
 *   matrix      round(2^matrixShift gain[k] DCT[k][m]), and offsets round(2^(matrixShift + 7) offset[k]) + 2^(matrixShift + 6)
 *
 * Invariant: built from `elementary.ts`, so every engine gets the same integers.
 */
import { cosineMatrix } from '../cosine-transform.ts';
import { exponential, naturalLog, sineOfTurn } from '../elementary.ts';
import { FeatureError } from '../errors.ts';
import { melFilters } from '../mel.ts';
import { windowFunction } from '../window.ts';
import type { Compression, FeatureConfig, MfccConfig } from './config.ts';

/** Constant tables of one configuration; see the head of this file for their formats. */
export interface FrontEndTables {
  readonly window: Int16Array;
  readonly sine: Int16Array;
  readonly reversal: Uint16Array;
  readonly melStarts: Uint16Array;
  readonly melCounts: Uint16Array;
  readonly melWeights: Uint16Array;
  readonly log2: Uint16Array;
  readonly curve: Int16Array;
  /** The cosine transform of kind `mfcc`, [coefficient][band]. */
  readonly cosine?: { readonly matrix: Int16Array; readonly offsets: Int32Array; readonly shift: number };
}

/** Largest sum of the weights of a filter: times 2^15 and a power of at most 2^31.01 it stays below 2^53. */
const WIDEST_FILTER = 127;

const round = (x: number): number => Math.floor(x + 0.5);
const clamp = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);

function reversed(i: number, bits: number): number {
  let result = 0;
  for (let bit = 0; bit < bits; bit++) result |= ((i >> bit) & 1) << (bits - 1 - bit);
  return result;
}

function level(rule: Compression, energy: number): number {
  const x = rule.kind === 'log' ? energy + rule.bias : 1 + rule.gain * Math.sqrt(energy);
  return rule.scale * naturalLog(x) + rule.offset;
}

/** A filter without the weights at its ends that were rounded to zero. */
function trimmed(start: number, weights: readonly number[]): { readonly start: number; readonly weights: readonly number[] } {
  const first = weights.findIndex((weight) => weight > 0);
  return first < 0 ? { start, weights: [] } : { start: start + first, weights: weights.slice(first, weights.findLastIndex((weight) => weight > 0) + 1) };
}

function melTables(config: FeatureConfig): Pick<FrontEndTables, 'melStarts' | 'melCounts' | 'melWeights'> {
  const { bands, low, high, melScale: scale, melSlope: slope, sampleRate, fft } = config;
  const filters = melFilters({ bands, low, high, scale, slope, norm: 'none' }, sampleRate, fft);
  const rows = filters.map(({ start, weights }) =>
    trimmed(
      start,
      Array.from(weights, (weight) => round(weight * 32768)),
    ),
  );
  rows.forEach((row, band) => {
    const sum = row.weights.reduce((total, weight) => total + weight, 0);
    if (sum === 0)
      throw new FeatureError('FEATURE_FILTER_EMPTY', `Got no FFT bin in filter ${band} of ${bands} (${low} to ${high} Hz, ${fft} points at ${sampleRate} Hz).`);
    if (sum > WIDEST_FILTER * 32768)
      throw new FeatureError('FEATURE_FILTER_TOO_WIDE', `Got filter ${band} with a sum of ${sum / 32768}, wanted at most ${WIDEST_FILTER}.`);
  });
  return {
    melStarts: Uint16Array.from(rows, ({ start }) => start),
    melCounts: Uint16Array.from(rows, ({ weights }) => weights.length),
    melWeights: Uint16Array.from(rows.flatMap(({ weights }) => weights)),
  };
}

function cosineTables(config: MfccConfig): NonNullable<FrontEndTables['cosine']> {
  const { bands, coefficients, gains, offsets } = config;
  const real = cosineMatrix(coefficients, bands, 'orthonormal');
  const rows = Array.from({ length: coefficients }, (_, k) => Array.from(real.subarray(k * bands, (k + 1) * bands), (value) => value * gains[k]));
  const scaled = (shift: number): { matrix: number[][]; sums: number[] } => ({
    matrix: rows.map((row) => row.map((value) => round(value * 2 ** shift))),
    sums: offsets.map((offset) => round(offset * 2 ** (shift + 7)) + 2 ** (shift + 6)),
  });
  // The finest scale at which no sum of |matrix| times 2^15 can leave 32 bits.
  for (let shift = 15; shift >= 0; shift--) {
    const { matrix, sums } = scaled(shift);
    const fits = matrix.every(
      (row, k) => row.every((value) => Math.abs(value) <= 32767) && row.reduce((sum, value) => sum + Math.abs(value) * 32768, Math.abs(sums[k])) < 2 ** 31,
    );
    if (fits) return { matrix: Int16Array.from(matrix.flat()), offsets: Int32Array.from(sums), shift };
  }
  throw new FeatureError('FEATURE_CONFIG_VALUE', `Got gains up to ${Math.max(...gains.map(Math.abs))} with ${bands} bands, wanted gains that fit 32-bit sums.`);
}

/**
 * Builds the tables of a checked configuration.
 * @throws FeatureError `FEATURE_FILTER_EMPTY`, `FEATURE_FILTER_TOO_WIDE`, `FEATURE_CONFIG_VALUE` (gains)
 */
export function frontEndTables(config: FeatureConfig): FrontEndTables {
  const { fft } = config;
  const bits = Math.round(Math.log2(fft / 2));
  return {
    window: Int16Array.from(windowFunction(config.windowKind, config.window), (value) => Math.min(32767, round(value * 32768))),
    sine: Int16Array.from({ length: fft }, (_, k) => clamp(round(sineOfTurn(k, fft) * 32768), -32767, 32767)),
    reversal: Uint16Array.from({ length: fft / 2 }, (_, i) => reversed(i, bits)),
    ...melTables(config),
    log2: Uint16Array.from({ length: 65 }, (_, i) => round((naturalLog(1 + i / 64) / Math.LN2) * 32768)),
    curve: Int16Array.from({ length: 257 }, (_, i) => clamp(round(128 * level(config.compression, exponential((i / 4) * Math.LN2))), -32768, 32767)),
    ...(config.kind === 'mfcc' ? { cosine: cosineTables(config) } : {}),
  };
}
