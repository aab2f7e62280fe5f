/**
 * Mel filterbanks: triangles equally spaced on a mel scale, evaluated at the bins of an FFT.
 * `htk`: m = 1127 ln(1 + f / 700) (the same spacing as 2595 log10). `slaney`: linear to 1 kHz, then logarithmic.
 * Invariant: a filter is a run of consecutive bins with positive weights; bins outside the run have weight 0.
 */
import { exponential, naturalLog } from './elementary.ts';

/** A mel scale. */
export type MelScale = 'htk' | 'slaney';

/** How a filterbank is made. Frequencies in hertz. */
export interface MelOptions {
  readonly bands: number;
  readonly low: number;
  readonly high: number;
  readonly scale: MelScale;
  /** Whether the sides of a triangle are straight over hertz (torchaudio, librosa) or over mel (TensorFlow, Kaldi). */
  readonly slope: 'hertz' | 'mel';
  /** `area` multiplies a triangle by 2 / (width in hertz), as librosa does; `none` leaves its peak at 1. */
  readonly norm: 'none' | 'area';
  /** Bins below this one are left out. */
  readonly firstBin?: number;
  /** Bins above this one are left out; default fft / 2. */
  readonly lastBin?: number;
}

/** One filter: `weights[i]` belongs to bin `start + i`. */
export interface MelFilter {
  readonly start: number;
  readonly weights: Float64Array;
}

const SLANEY_STEP = 200 / 3;
const SLANEY_KNEE = 15;
const slaneyLog = (): number => naturalLog(6.4) / 27;

/** Hertz to mel. */
export function hertzToMel(scale: MelScale, hertz: number): number {
  if (scale === 'htk') return 1127 * naturalLog(1 + hertz / 700);
  return hertz < 1000 ? hertz / SLANEY_STEP : SLANEY_KNEE + naturalLog(hertz / 1000) / slaneyLog();
}

/** Mel to hertz. */
export function melToHertz(scale: MelScale, mel: number): number {
  if (scale === 'htk') return 700 * (exponential(mel / 1127) - 1);
  return mel < SLANEY_KNEE ? mel * SLANEY_STEP : 1000 * exponential((mel - SLANEY_KNEE) * slaneyLog());
}

/** The filters of a filterbank for a real FFT of `fft` points at `sampleRate` hertz. A filter may be empty. */
export function melFilters(options: MelOptions, sampleRate: number, fft: number): MelFilter[] {
  const { bands, low, high, scale, slope, norm } = options;
  const lowest = hertzToMel(scale, low);
  const step = (hertzToMel(scale, high) - lowest) / (bands + 1);
  const edges = Float64Array.from({ length: bands + 2 }, (_, i) => lowest + step * i);
  const hertz = edges.map((edge) => melToHertz(scale, edge));
  const axis = slope === 'mel' ? edges : hertz;
  const lastBin = Math.min(options.lastBin ?? fft / 2, fft / 2);
  const positions = Float64Array.from({ length: lastBin + 1 }, (_, bin) => {
    const frequency = (bin * sampleRate) / fft;
    return slope === 'mel' ? hertzToMel(scale, frequency) : frequency;
  });
  return Array.from({ length: bands }, (_, band) => {
    const [left, centre, right] = [axis[band], axis[band + 1], axis[band + 2]];
    const gain = norm === 'area' ? 2 / (hertz[band + 2] - hertz[band]) : 1;
    let start = 0;
    const weights: number[] = [];
    for (let bin = options.firstBin ?? 0; bin <= lastBin; bin++) {
      const position = positions[bin];
      const weight = Math.min((position - left) / (centre - left), (right - position) / (right - centre));
      if (weight <= 0) continue;
      if (weights.length === 0) start = bin;
      weights.push(weight * gain);
    }
    return { start, weights: Float64Array.from(weights) };
  });
}
