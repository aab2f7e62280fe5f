/**
 * Power spectrum of a real frame in float32: a complex FFT of half the size (Stockham, self-sorting) and a split.
 *
 *   z[i] = x[2i] + i x[2i + 1], n = size / 2
 *   radix-4 passes, stride m = 1, 4, 16 …: y[k + m (4 j + q)] = w^(j q) sum over p of x[k + m j + p n / 4] (-i)^(p q), w = e^(-2 pi i m / n)
 *   a last radix-2 pass without twiddles where log2 n is odd: y[k] = x[k] + x[k + n/2], y[k + n/2] = x[k] - x[k + n/2]
 *   4 P[k] = (sr + u)^2 + (si - v)^2, 4 P[n - k] = (sr - u)^2 + (si + v)^2, with s, d, u, v as in `integer/frame.ts`
 *
 * Invariant: every operation is rounded to float32 in the order written here, so the reference and WebAssembly agree bit for bit.
 */
import { type Backend, chosenBackend } from '../backend.ts';
import { cosineOfTurn, sineOfTurn } from '../elementary.ts';
import { FeatureError } from '../errors.ts';
import { wasmSpectrum } from './power-spectrum.wasm.ts';

/** A transform with its buffers. */
export interface PowerSpectrum {
  readonly size: number;
  /** size / 2 + 1 */
  readonly bins: number;
  readonly backend: Exclude<Backend, 'auto'>;
  /** The caller writes `size` samples here, already windowed; `compute` leaves them as they are. */
  readonly input: Float32Array;
  /** `compute` writes |X[k]|^2 here, `bins` values, no scaling. */
  readonly output: Float32Array;
  compute(): void;
}

/** cos and sin of 2 pi k / size as float32, k = 0 .. size - 1. */
export interface Turns {
  readonly cosine: Float32Array;
  readonly sine: Float32Array;
}

const f = Math.fround;

function pass(from: Float32Array[], to: Float32Array[], turns: Turns, stride: number): void {
  const n = from[0].length;
  const [real, imaginary] = from;
  const quarter = n / 4;
  for (let j = 0; j < quarter / stride; j++) {
    for (let k = 0; k < stride; k++) {
      const at = k + stride * j;
      const evenReal = f(real[at] + real[at + 2 * quarter]);
      const evenImaginary = f(imaginary[at] + imaginary[at + 2 * quarter]);
      const differenceReal = f(real[at] - real[at + 2 * quarter]);
      const differenceImaginary = f(imaginary[at] - imaginary[at + 2 * quarter]);
      const oddReal = f(real[at + quarter] + real[at + 3 * quarter]);
      const oddImaginary = f(imaginary[at + quarter] + imaginary[at + 3 * quarter]);
      const turnedReal = f(imaginary[at + quarter] - imaginary[at + 3 * quarter]);
      const turnedImaginary = f(real[at + 3 * quarter] - real[at + quarter]);
      const sums = [
        [f(evenReal + oddReal), f(evenImaginary + oddImaginary)],
        [f(differenceReal + turnedReal), f(differenceImaginary + turnedImaginary)],
        [f(evenReal - oddReal), f(evenImaginary - oddImaginary)],
        [f(differenceReal - turnedReal), f(differenceImaginary - turnedImaginary)],
      ];
      sums.forEach(([x, y], q) => {
        const out = k + stride * (4 * j + q);
        const [c, s] = [turns.cosine[2 * j * q * stride], turns.sine[2 * j * q * stride]];
        to[0][out] = q === 0 ? x : f(f(x * c) + f(y * s));
        to[1][out] = q === 0 ? y : f(f(y * c) - f(x * s));
      });
    }
  }
}

function split(real: Float32Array, imaginary: Float32Array, turns: Turns, power: Float32Array): void {
  const n = real.length;
  const square = (x: number, y: number): number => f(f(f(x * x) + f(y * y)) * 0.25);
  power[0] = square(f(2 * f(real[0] + imaginary[0])), 0);
  power[n] = square(f(2 * f(real[0] - imaginary[0])), 0);
  for (let k = 1; k <= n / 2; k++) {
    const m = n - k;
    const [c, s] = [turns.cosine[k], turns.sine[k]];
    const [sumReal, sumImaginary] = [f(real[k] + real[m]), f(imaginary[k] - imaginary[m])];
    const [differenceReal, differenceImaginary] = [f(real[k] - real[m]), f(imaginary[k] + imaginary[m])];
    const u = f(f(differenceImaginary * c) - f(differenceReal * s));
    const v = f(f(differenceReal * c) + f(differenceImaginary * s));
    power[k] = square(f(sumReal + u), f(sumImaginary - v));
    power[m] = square(f(sumReal - u), f(sumImaginary + v));
  }
}

function referenceSpectrum(size: number, turns: Turns): Pick<PowerSpectrum, 'input' | 'output' | 'compute'> {
  const n = size / 2;
  const input = new Float32Array(size);
  const output = new Float32Array(n + 1);
  const compute = (): void => {
    let from = [input.filter((_, i) => i % 2 === 0), input.filter((_, i) => i % 2 === 1)];
    let to = [new Float32Array(n), new Float32Array(n)];
    let stride = 1;
    for (; 4 * stride <= n; stride *= 4) {
      pass(from, to, turns, stride);
      [from, to] = [to, from];
    }
    if (stride < n) from = from.map((plane) => plane.map((value, k) => (k < stride ? value + plane[k + stride] : plane[k - stride] - value)));
    split(from[0], from[1], turns, output);
  };
  return { input, output, compute };
}

/**
 * Makes a power spectrum of real frames.
 * @param size points: a power of two from 64 to 2048
 * @throws FeatureError `FEATURE_FFT_SIZE`, `FEATURE_NO_WEBASSEMBLY`
 */
export function powerSpectrum(size: number, options: { readonly backend?: Backend } = {}): PowerSpectrum {
  if (![64, 128, 256, 512, 1024, 2048].includes(size)) throw new FeatureError('FEATURE_FFT_SIZE', `Got a size of ${size}.`);
  const backend = chosenBackend(options.backend);
  const turns = {
    cosine: Float32Array.from({ length: size }, (_, k) => cosineOfTurn(k, size)),
    sine: Float32Array.from({ length: size }, (_, k) => sineOfTurn(k, size)),
  };
  return { size, bins: size / 2 + 1, backend, ...(backend === 'wasm' ? wasmSpectrum(size, turns) : referenceSpectrum(size, turns)) };
}
