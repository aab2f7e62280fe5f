/**
 * One frame of the integer front end: the definition, in integers. Every other implementation must give the same bits.
 * Tables and their formats: `tables.ts`. All values are 32-bit integers except the energy (64 bits in C, exact in a double here).
 *
 *  1 window     p = OR of x ^ (x >> 31) over the frame; h = 15 - bitLength(p), the headroom; r = 15 - h
 *               y[i] = r > 0 ? (x[i] w[i] + 2^(r-1)) >> r : x[i] w[i]; samples from `window` to `fft` are 0; exponent e = -h
 *               complex z[i] = y[2i] + i y[2i + 1], stored at reversal[i]
 *  2 transform  of `transform.ts`; adds to e
 *  3 split      k = 0: X[0] = re + im, X[n] = re - im.  k = 1 .. n/2, m = n - k, (c, s) = cos, sin of 2 pi k / fft in Q15:
 *               sr = zr[k] + zr[m], si = zi[k] - zi[m], dr = zr[k] - zr[m], di = zi[k] + zi[m]
 *               u = (di c - dr s) >> 2, v = (dr c + di s) >> 2
 *               X[k] = ((sr << 13) + u + 2^13) >> 14, ((si << 13) - v + 2^13) >> 14
 *               X[m] = ((sr << 13) - u + 2^13) >> 14, ((si << 13) + v + 2^13) >> 14      (imaginary part negated)
 *    power      P[k] = Xr^2 + Xi^2 (unsigned, < 2^32); the true power is P 4^e
 *  4 mel        E = sum of melWeights P, 64 bits; the true energy is E 2^(2 e - 15)
 *  5 logarithm  L = bitLength(E) - 1; f = the 16 bits below the leading one of E (floor, zero-filled); i = f >> 10; q = f & 1023
 *               t = ((L + 2 e - 15) << 15) + log2[i] + (((log2[i + 1] - log2[i]) q + 512) >> 10), clipped to 0 .. 2^21 - 1; E = 0: t = 0
 *  6 level      i = t >> 13; q = t & 8191; level = curve[i] + (((curve[i + 1] - curve[i]) q + 4096) >> 13)    (Q7)
 *  7 output     log-mel: clip((level + 64) >> 7, 0, 255)
 *               mfcc: clip((sum of matrix level + offsets) >> (matrixShift + 7), 0, 255)
 */
import type { FeatureConfig } from './config.ts';
import type { FrontEndTables } from './tables.ts';
import { bitLength, transform } from './transform.ts';

/** Turns the samples of one frame into one frame of features. */
export interface FrameKernel {
  /** The caller writes `config.window` samples here. */
  readonly samples: Int16Array;
  /** `compute` writes one frame of features here. */
  readonly output: Uint8Array;
  compute(): void;
}

function windowed(samples: Int16Array, tables: FrontEndTables, data: Int16Array): number {
  let magnitude = 0;
  for (const sample of samples) magnitude |= sample ^ (sample >> 31);
  const shift = bitLength(magnitude);
  const half = (1 << shift) >> 1;
  data.fill(0);
  for (let i = 0; i < samples.length; i++) data[2 * tables.reversal[i >> 1] + (i & 1)] = (samples[i] * tables.window[i] + half) >> shift;
  return shift - 15;
}

function split(data: Int16Array, sine: Int16Array, power: Uint32Array): void {
  const points = data.length / 2;
  const quarter = sine.length / 4;
  const square = (real: number, imaginary: number): number => real * real + imaginary * imaginary;
  power[0] = square(data[0] + data[1], 0);
  power[points] = square(data[0] - data[1], 0);
  for (let k = 1; k <= points / 2; k++) {
    const m = points - k;
    const [c, s] = [sine[k + quarter], sine[k]];
    const sumReal = (data[2 * k] + data[2 * m]) << 13;
    const sumImaginary = (data[2 * k + 1] - data[2 * m + 1]) << 13;
    const differenceReal = data[2 * k] - data[2 * m];
    const differenceImaginary = data[2 * k + 1] + data[2 * m + 1];
    const u = (differenceImaginary * c - differenceReal * s) >> 2;
    const v = (differenceReal * c + differenceImaginary * s) >> 2;
    power[k] = square((sumReal + u + 8192) >> 14, (sumImaginary - v + 8192) >> 14);
    power[m] = square((sumReal - u + 8192) >> 14, (sumImaginary + v + 8192) >> 14);
  }
}

/** log2 of `energy` 2^(exponent), Q15, clipped to 0 .. 64. */
function logarithm(energy: number, exponent: number, log2: Uint16Array): number {
  if (energy === 0) return 0;
  const high = Math.floor(energy / 2 ** 32);
  const leading = high > 0 ? 63 - Math.clz32(high) : 31 - Math.clz32(energy);
  const fraction = Math.floor((energy / 2 ** leading) * 65536) & 0xffff;
  const index = fraction >> 10;
  const between = ((log2[index + 1] - log2[index]) * (fraction & 1023) + 512) >> 10;
  return Math.min(Math.max((leading + exponent) * 32768 + log2[index] + between, 0), 2 ** 21 - 1);
}

const clipped = (value: number): number => Math.min(Math.max(value, 0), 255);

/** The reference: the definition above, step by step. */
export function referenceKernel(config: FeatureConfig, tables: FrontEndTables): FrameKernel {
  const samples = new Int16Array(config.window);
  const data = new Int16Array(config.fft);
  const power = new Uint32Array(config.fft / 2 + 1);
  const levels = new Int16Array(config.bands);
  const output = new Uint8Array(tables.cosine?.offsets.length ?? config.bands);
  const { melStarts, melCounts, melWeights, curve, cosine } = tables;

  const compute = (): void => {
    const exponent = windowed(samples, tables, data) + transform(data, tables.sine);
    split(data, tables.sine, power);
    for (let band = 0, at = 0; band < levels.length; at += melCounts[band++]) {
      let energy = 0;
      for (let i = 0; i < melCounts[band]; i++) energy += melWeights[at + i] * power[melStarts[band] + i];
      const t = logarithm(energy, 2 * exponent - 15, tables.log2);
      const index = t >> 13;
      levels[band] = curve[index] + (((curve[index + 1] - curve[index]) * (t & 8191) + 4096) >> 13);
    }
    for (let k = 0; k < output.length; k++) {
      if (cosine === undefined) {
        output[k] = clipped((levels[k] + 64) >> 7);
        continue;
      }
      let sum = cosine.offsets[k];
      for (let m = 0; m < levels.length; m++) sum += cosine.matrix[k * levels.length + m] * levels[m];
      output[k] = clipped(sum >> (cosine.shift + 7));
    }
  };
  return { samples, output, compute };
}
