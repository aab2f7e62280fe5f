/**
 * What a float front end is: every choice that the published conventions make differently, as plain data.
 * The order of the steps is fixed: scale, pre-emphasis, padding, framing, window, spectrum, mel, logarithm, cosine transform,
 * normalisation, placement.
 */
import type { CosineScaling } from '../cosine-transform.ts';
import type { MelOptions } from '../mel.ts';
import type { WindowKind } from '../window.ts';

/**
 * The pointwise rule after the filterbank, x >= 0:
 * `log-add` ln(x + bias) · `log-floor` ln(max(x, floor)) · `decibel` 10 log10(max(x, floor)) · `log-positive` ln x where x > 0, else 0 ·
 * `log1p-sqrt` clip(scale ln(1 + gain sqrt(x)) + offset, minimum, maximum).
 */
export type FloatCompression =
  | { readonly kind: 'log-add'; readonly bias: number }
  | { readonly kind: 'log-floor'; readonly floor: number }
  | { readonly kind: 'decibel'; readonly floor: number }
  | { readonly kind: 'log-positive' }
  | { readonly kind: 'log1p-sqrt'; readonly scale: number; readonly gain: number; readonly offset: number; readonly minimum: number; readonly maximum: number };

/** The cosine transform of the bands and what is done to its coefficients. */
export interface Cepstrum {
  readonly coefficients: number;
  readonly scaling: CosineScaling;
  /** Coefficient n is multiplied by 1 + L/2 sin(pi n / L). */
  readonly lifter?: number;
  /** Coefficient 0 becomes ln(max(sum of x^2, floor)) of the frame after mean removal, before pre-emphasis and window. */
  readonly energyFloor?: number;
}

/**
 * Where the frames go: `pad` adds zero frames, `multiple` adds zero frames on the right up to a multiple, `centre` puts n frames at
 * row floor((frames - n) / 2) of a picture of fixed length, after the zeros at the end of the clip were cut off.
 */
export type Placement =
  | { readonly kind: 'pad'; readonly left: number; readonly right: number }
  | { readonly kind: 'multiple'; readonly of: number }
  | { readonly kind: 'centre'; readonly frames: number };

/** A float front end. Lengths in samples, frequencies in hertz. */
export interface FloatFrontEnd {
  /** Where the convention comes from. */
  readonly source: string;
  readonly sampleRate: number;
  /** `unit`: int16 / 32768. `int16`: the integer values. `peak`: divided by the largest sample (not magnitude) of the clip, if positive. */
  readonly sampleScale: 'unit' | 'int16' | 'peak';
  /** y[n] = x[n] - a x[n - 1] over the whole signal, y[0] = x[0]. */
  readonly signalPreemphasis?: number;
  /** `reflect` and `zeros` put fft / 2 samples at each end, so that there are 1 + floor(N / hop) frames. */
  readonly padding: 'none' | 'reflect' | 'zeros';
  readonly window: { readonly kind: WindowKind; readonly length: number };
  readonly hop: number;
  /** Even; the window is followed by zeros when it is shorter, or has them on both sides where the signal is padded. */
  readonly fft: number;
  /** Subtracts the mean of every frame first. */
  readonly removeFrameMean?: boolean;
  /** Pre-emphasis inside the frame, first sample x[0] - a x[0]. */
  readonly framePreemphasis?: number;
  /** `power-per-window`: power divided by the sum of the squared window. */
  readonly spectrum: 'power' | 'magnitude' | 'power-per-window';
  readonly mel: MelOptions;
  readonly compression: FloatCompression;
  readonly cepstrum?: Cepstrum;
  /** Per band (x - mean) / (deviation + 1e-5), deviation with n - 1: over all frames, or the first floor(N / hop), the rest set to 0. */
  readonly normalisation?: 'all-frames' | 'whole-hops';
  readonly placement?: Placement;
  /** `frame`: [frame][band]. `band`: [band][frame]. */
  readonly major: 'frame' | 'band';
}
