/**
 * From samples to the power of every frame: scale, pre-emphasis, padding, framing, window, transform.
 * Without padding there are 1 + floor((N - window) / hop) frames, with padding 1 + floor(N / hop).
 */
import { windowFunction } from '../window.ts';
import type { FloatFrontEnd } from './front-end.ts';
import { FloatSpectrum } from './spectrum.ts';

function scaled(config: FloatFrontEnd, samples: Int16Array | Float32Array): Float64Array {
  const signal = Float64Array.from(samples);
  if (samples instanceof Int16Array) {
    if (config.sampleScale !== 'int16') for (let i = 0; i < signal.length; i++) signal[i] /= 32768;
  } else if (config.sampleScale === 'int16') for (let i = 0; i < signal.length; i++) signal[i] *= 32768;
  if (config.sampleScale === 'peak') {
    let peak = 0;
    for (const value of signal) peak = Math.max(peak, value);
    if (peak > 0) for (let i = 0; i < signal.length; i++) signal[i] /= peak;
  }
  const emphasis = config.signalPreemphasis ?? 0;
  if (emphasis !== 0) for (let i = signal.length - 1; i > 0; i--) signal[i] -= emphasis * signal[i - 1];
  return signal;
}

/** Position `i` of a signal continued by reflection about its first and last sample, as often as needed. */
function reflected(i: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const folded = ((i % period) + period) % period;
  return folded < length ? folded : period - folded;
}

function padded(signal: Float64Array, config: FloatFrontEnd): Float64Array {
  if (config.padding === 'none') return signal;
  const border = config.fft / 2;
  const result = new Float64Array(signal.length + 2 * border);
  result.set(signal, border);
  if (config.padding === 'reflect' && signal.length > 0) {
    for (let i = 0; i < border; i++) {
      result[i] = signal[reflected(i - border, signal.length)];
      result[border + signal.length + i] = signal[reflected(signal.length + i, signal.length)];
    }
  }
  return result;
}

/** Prepares one frame (window long) in place and returns its energy after mean removal. */
function condition(frame: Float64Array, config: FloatFrontEnd): number {
  const length = frame.length;
  if (config.removeFrameMean === true) {
    let sum = 0;
    for (const value of frame) sum += value;
    const mean = sum / length;
    for (let i = 0; i < length; i++) frame[i] -= mean;
  }
  let energy = 0;
  for (const value of frame) energy += value * value;
  const emphasis = config.framePreemphasis ?? 0;
  if (emphasis !== 0) {
    for (let i = length - 1; i > 0; i--) frame[i] -= emphasis * frame[i - 1];
    frame[0] -= emphasis * frame[0];
  }
  return energy;
}

/** Calls `visit` with the power spectrum (fft / 2 + 1 values, reused) and the energy of every frame; returns the number of frames. */
export function powerFrames(
  config: FloatFrontEnd,
  samples: Int16Array | Float32Array,
  visit: (power: Float64Array, energy: number, frame: number) => void,
): number {
  const signal = padded(scaled(config, samples), config);
  const { kind, length } = config.window;
  const window = windowFunction(kind, length);
  let norm = 1;
  if (config.spectrum === 'power-per-window') {
    norm = 0;
    for (const value of window) norm += value * value;
  }
  // A padded signal has the window in the middle of the FFT frame (torch.stft, librosa).
  const before = config.padding === 'none' ? 0 : (config.fft - length) / 2;
  const span = config.padding === 'none' ? length : config.fft;
  const frames = signal.length < span ? 0 : 1 + Math.floor((signal.length - span) / config.hop);
  const spectrum = new FloatSpectrum(config.fft);
  const block = new Float64Array(config.fft);
  const frame = block.subarray(0, length);
  const power = new Float64Array(spectrum.bins);
  for (let t = 0; t < frames; t++) {
    const start = t * config.hop + before;
    frame.set(signal.subarray(start, start + length));
    const energy = condition(frame, config);
    for (let i = 0; i < length; i++) frame[i] *= window[i];
    spectrum.power(block, power);
    if (config.spectrum === 'magnitude') for (let k = 0; k < power.length; k++) power[k] = Math.sqrt(power[k]);
    else if (norm !== 1) for (let k = 0; k < power.length; k++) power[k] /= norm;
    visit(power, energy, t);
  }
  return frames;
}
