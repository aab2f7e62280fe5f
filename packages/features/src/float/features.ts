/**
 * The float front end in float64: the reference against which conventions of the literature are reproduced.
 * Invariant: only operations that IEEE 754 defines exactly, so every engine gives the same bits.
 */
import { cosineMatrix } from '../cosine-transform.ts';
import { naturalLog, sineOfTurn } from '../elementary.ts';
import { FeatureError } from '../errors.ts';
import { melFilters } from '../mel.ts';
import { withoutTrailingZeros } from '../trailing-zeros.ts';
import { powerFrames } from './frames.ts';
import type { Cepstrum, FloatCompression, FloatFrontEnd, Placement } from './front-end.ts';
import { type PresetName, PRESETS } from './presets.ts';

/** Float features of one clip. */
export interface FloatFeatures {
  readonly frames: number;
  /** Values per frame: mel bands or cepstral coefficients. */
  readonly bands: number;
  /** Row-major as `axes` says: [frames][bands] or [bands][frames]. */
  readonly data: Float64Array;
  readonly axes: readonly [major: string, minor: string];
}

function compress(rule: FloatCompression, x: number): number {
  switch (rule.kind) {
    case 'log-add':
      return naturalLog(x + rule.bias);
    case 'log-floor':
      return naturalLog(Math.max(x, rule.floor));
    case 'decibel':
      return (10 / Math.LN10) * naturalLog(Math.max(x, rule.floor));
    case 'log-positive':
      return x > 0 ? naturalLog(x) : 0;
    case 'log1p-sqrt':
      return Math.min(Math.max(rule.scale * naturalLog(1 + rule.gain * Math.sqrt(x)) + rule.offset, rule.minimum), rule.maximum);
  }
}

function cepstral(cepstrum: Cepstrum, bands: number): Float64Array {
  const matrix = cosineMatrix(cepstrum.coefficients, bands, cepstrum.scaling);
  const lifter = cepstrum.lifter ?? 0;
  if (lifter !== 0) for (let i = 0; i < matrix.length; i++) matrix[i] *= 1 + (lifter / 2) * sineOfTurn(Math.floor(i / bands), 2 * lifter);
  return matrix;
}

function normalise(rows: Float64Array, bands: number, frames: number, valid: number): void {
  for (let band = 0; band < bands; band++) {
    let sum = 0;
    for (let t = 0; t < valid; t++) sum += rows[t * bands + band];
    const mean = valid === 0 ? 0 : sum / valid;
    let squares = 0;
    for (let t = 0; t < valid; t++) squares += (rows[t * bands + band] - mean) * (rows[t * bands + band] - mean);
    const deviation = valid < 2 ? 0 : Math.sqrt(squares / (valid - 1));
    for (let t = 0; t < frames; t++) rows[t * bands + band] = t < valid ? (rows[t * bands + band] - mean) / (deviation + 1e-5) : 0;
  }
}

/** The first row and the number of rows of a picture in which `frames` frames are placed. */
function placementOf(placement: Placement | undefined, frames: number): { readonly first: number; readonly rows: number } {
  switch (placement?.kind) {
    case 'pad':
      return { first: placement.left, rows: placement.left + frames + placement.right };
    case 'multiple':
      return { first: 0, rows: Math.ceil(frames / placement.of) * placement.of };
    case 'centre':
      return { first: Math.floor((placement.frames - frames) / 2), rows: placement.frames };
    case undefined:
      return { first: 0, rows: frames };
  }
}

/**
 * Computes float features of a clip.
 * @param preset a name out of {@link PRESETS} or a front end of your own
 * @param samples one channel at the front end's sample rate: int16, or float32 in -1..1
 * @throws FeatureError `FEATURE_UNKNOWN_PRESET`, `FEATURE_SAMPLES`
 */
export function floatFeatures(preset: PresetName | FloatFrontEnd, samples: Int16Array | Float32Array): FloatFeatures {
  if (!(samples instanceof Int16Array || samples instanceof Float32Array)) throw new FeatureError('FEATURE_SAMPLES', `Got samples of type ${typeof samples}.`);
  if (typeof preset === 'string' && !Object.hasOwn(PRESETS, preset)) {
    throw new FeatureError('FEATURE_UNKNOWN_PRESET', `Got '${preset}', wanted one of ${Object.keys(PRESETS).join(', ')}.`);
  }
  const config: FloatFrontEnd = typeof preset === 'string' ? PRESETS[preset] : preset;
  const clip = config.placement?.kind === 'centre' ? withoutTrailingZeros(samples) : samples;
  const filters = melFilters(config.mel, config.sampleRate, config.fft);
  const matrix = config.cepstrum === undefined ? undefined : cepstral(config.cepstrum, filters.length);
  const bands = config.cepstrum?.coefficients ?? filters.length;
  const mel = new Float64Array(filters.length);
  const rows: number[] = [];
  const frames = powerFrames(config, clip, (power, energy) => {
    filters.forEach(({ start, weights }, band) => {
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i] * power[start + i];
      mel[band] = compress(config.compression, sum);
    });
    for (let k = 0; k < bands; k++) {
      let value = mel[k];
      if (matrix !== undefined) {
        value = 0;
        for (let m = 0; m < mel.length; m++) value += matrix[k * mel.length + m] * mel[m];
      }
      rows.push(value);
    }
    if (config.cepstrum?.energyFloor !== undefined) rows[rows.length - bands] = naturalLog(Math.max(energy, config.cepstrum.energyFloor));
  });
  const values = Float64Array.from(rows);
  if (config.normalisation !== undefined)
    normalise(values, bands, frames, config.normalisation === 'all-frames' ? frames : Math.min(frames, Math.floor(clip.length / config.hop)));
  return laidOut(config, values, frames, bands);
}

function laidOut(config: FloatFrontEnd, values: Float64Array, frames: number, bands: number): FloatFeatures {
  const { first, rows } = placementOf(config.placement, frames);
  const data = new Float64Array(rows * bands);
  for (let t = Math.max(0, -first); t < frames && t + first < rows; t++) {
    for (let k = 0; k < bands; k++) data[config.major === 'frame' ? (t + first) * bands + k : k * rows + t + first] = values[t * bands + k];
  }
  const minor = config.cepstrum === undefined ? 'mel' : 'coefficient';
  return { frames: rows, bands, data, axes: config.major === 'frame' ? ['frame', minor] : [minor, 'frame'] };
}
