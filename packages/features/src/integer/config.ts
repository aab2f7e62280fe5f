/**
 * The configuration of an integer front end: plain data that travels inside a model file.
 * Energies are in units of the deployed input: int16 sample values, window of peak 1, FFT without scaling, filters of peak 1.
 */
import type { MelScale } from '../mel.ts';
import type { WindowKind } from '../window.ts';

/**
 * The pointwise rule from the energy E of a band to its level:
 * `log1p-sqrt` scale ln(1 + gain sqrt(E)) + offset · `log` scale ln(E + bias) + offset. Levels reach from -256 to 256 and saturate there.
 */
export type Compression =
  | { readonly kind: 'log1p-sqrt'; readonly scale: number; readonly gain: number; readonly offset: number }
  | { readonly kind: 'log'; readonly scale: number; readonly bias: number; readonly offset: number };

/** What both kinds of integer front end share. */
export interface SpectralConfig {
  /** Samples per second of the input, 4000 to 48000. */
  readonly sampleRate: number;
  /** Samples per frame, 32 to `fft`. */
  readonly window: number;
  readonly windowKind: WindowKind;
  /** Samples from one frame to the next, 1 to `window`. */
  readonly hop: number;
  /** Points of the transform: a power of two from 64 to 2048. */
  readonly fft: number;
  /** Mel filters, 1 to 128. */
  readonly bands: number;
  /** Lower edge of the first filter in hertz. */
  readonly low: number;
  /** Upper edge of the last filter in hertz, at most half the sample rate. */
  readonly high: number;
  readonly melScale: MelScale;
  /** Whether the sides of a filter are straight over hertz or over mel. */
  readonly melSlope: 'hertz' | 'mel';
  readonly compression: Compression;
}

/** Frames of log-mel levels: value = clip(round(level), 0, 255). */
export interface LogMelConfig extends SpectralConfig {
  readonly kind: 'log-mel';
}

/** Frames of cepstral coefficients: value k = clip(round(gains[k] c[k] + offsets[k]), 0, 255), c = orthonormal DCT-II of the levels. */
export interface MfccConfig extends SpectralConfig {
  readonly kind: 'mfcc';
  /** Coefficients kept, 1 to `bands`. */
  readonly coefficients: number;
  /** One per coefficient, -64 to 64. */
  readonly gains: readonly number[];
  /** One per coefficient, -4096 to 4096. */
  readonly offsets: readonly number[];
}

/** An integer front end as plain data. */
export type FeatureConfig = LogMelConfig | MfccConfig;

/** The default: 40 log-mel bands of 0-4000 Hz, 30 ms windows every 10 ms, 98 frames per second of a one-second clip. */
export const SPEC98X40: LogMelConfig = {
  kind: 'log-mel',
  sampleRate: 16000,
  window: 480,
  windowKind: 'hann-midpoint',
  hop: 160,
  fft: 512,
  bands: 40,
  low: 0,
  high: 4000,
  melScale: 'htk',
  melSlope: 'mel',
  compression: { kind: 'log1p-sqrt', scale: 20.29, gain: 0.0728, offset: -11.32 },
};

/** Thirteen cepstral coefficients of the same bands; the gains keep speech within eight bits. */
export const MFCC98X13: MfccConfig = {
  ...SPEC98X40,
  kind: 'mfcc',
  coefficients: 13,
  gains: [0.15, 0.5, 0.5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
  offsets: [0, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128],
};

/** Values per frame. */
export function valuesPerFrame(config: FeatureConfig): number {
  return config.kind === 'mfcc' ? config.coefficients : config.bands;
}

/** Frames of a clip of `samples` samples: 1 + floor((samples - window) / hop), or 0. */
export function frameCount(config: FeatureConfig, samples: number): number {
  return samples < config.window ? 0 : 1 + Math.floor((samples - config.window) / config.hop);
}
