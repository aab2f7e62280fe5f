/**
 * Power spectrum of a real frame of any length in float64: Stockham's self-sorting FFT with mixed radices.
 * One pass of radix r maps x[k + m (j + p l)] to y[k + m (r j + q)] = w^(j q) sum over p of x[...] e^(-2 pi i p q / r),
 * where m is the product of the radices before it, l = n / (r m) and w = e^(-2 pi i / (r l)).
 */
import { cosineOfTurn, sineOfTurn } from '../elementary.ts';

function radices(length: number): number[] {
  const found: number[] = [];
  let rest = length;
  for (const radix of [4, 2, 3, 5]) {
    while (rest % radix === 0) {
      found.push(radix);
      rest /= radix;
    }
  }
  for (let divisor = 7; rest > 1; divisor += 2) {
    while (rest % divisor === 0) {
      found.push(divisor);
      rest /= divisor;
    }
  }
  return found;
}

/** Computes |X[k]|^2 for k = 0 .. length / 2. Reuses its buffers: one instance must not be shared between threads. */
export class FloatSpectrum {
  readonly length: number;
  readonly bins: number;
  readonly #radices: readonly number[];
  readonly #cosine: Float64Array;
  readonly #sine: Float64Array;
  #real: Float64Array;
  #imaginary: Float64Array;
  #nextReal: Float64Array;
  #nextImaginary: Float64Array;

  /** @param length points of the transform, any even number >= 2 */
  constructor(length: number) {
    this.length = length;
    this.bins = length / 2 + 1;
    this.#radices = radices(length);
    this.#cosine = Float64Array.from({ length }, (_, i) => cosineOfTurn(i, length));
    this.#sine = Float64Array.from({ length }, (_, i) => sineOfTurn(i, length));
    this.#real = new Float64Array(length);
    this.#imaginary = new Float64Array(length);
    this.#nextReal = new Float64Array(length);
    this.#nextImaginary = new Float64Array(length);
  }

  /** Writes the power of `frame` (length values) to `power` (bins values). */
  power(frame: Float64Array, power: Float64Array): void {
    this.#real.set(frame);
    this.#imaginary.fill(0);
    let stride = 1;
    for (const radix of this.#radices) {
      this.#pass(radix, stride);
      stride *= radix;
    }
    for (let k = 0; k < this.bins; k++) power[k] = this.#real[k] * this.#real[k] + this.#imaginary[k] * this.#imaginary[k];
  }

  #pass(radix: number, stride: number): void {
    const [real, imaginary, nextReal, nextImaginary] = [this.#real, this.#imaginary, this.#nextReal, this.#nextImaginary];
    const [cosine, sine, n] = [this.#cosine, this.#sine, this.length];
    const groups = n / (radix * stride);
    const jump = n / radix;
    for (let j = 0; j < groups; j++) {
      for (let q = 0; q < radix; q++) {
        const rotation = (j * q * stride) % n;
        const [c, s] = [cosine[rotation], sine[rotation]];
        for (let k = 0; k < stride; k++) {
          let sumReal = 0;
          let sumImaginary = 0;
          for (let p = 0; p < radix; p++) {
            const from = k + j * stride + p * jump;
            const turn = ((p * q) % radix) * jump;
            sumReal += real[from] * cosine[turn] + imaginary[from] * sine[turn];
            sumImaginary += imaginary[from] * cosine[turn] - real[from] * sine[turn];
          }
          const to = k + (radix * j + q) * stride;
          nextReal[to] = sumReal * c + sumImaginary * s;
          nextImaginary[to] = sumImaginary * c - sumReal * s;
        }
      }
    }
    [this.#real, this.#nextReal] = [nextReal, real];
    [this.#imaginary, this.#nextImaginary] = [nextImaginary, imaginary];
  }
}
