/**
 * A complex FFT of n = fft / 2 points on 16-bit integers with one exponent for the whole block (block floating point).
 *
 * `data` holds n pairs (real, imaginary), in bit-reversed order before and in natural order after. The exponent e states
 * true value = data 2^e. Every stage first finds b, the bit length of the largest value v ^ (v >> 31), so -2^b <= v < 2^b, and
 * then scales so that no output exceeds 2^14.5 in magnitude, up as well as down. `>>` is an arithmetic shift (floor);
 * `<<` of a negative number is a multiplication by the power of two, as C wants it written.
 *
 *   radix 2 (only first, only when log2 n is odd): s = x0 +- x1;            out = scale(s, b - 13); e += b - 13
 *   radix 4, first stage:                          s = sum of x0 .. x3;     out = scale(s, b - 12); e += b - 12
 *     where scale(s, d) = d > 0 ? (s + 2^(d-1)) >> d : s << -d
 *   radix 4, later stages, twiddle W = cos - i sin of 2 pi j / (4 L) in Q15, blocks in the order 0, 2, 1, 3 (bit reversal):
 *     t0 = x0 << 13;  t1 = (x1 W^2j) >> 2;  t2 = (x2 W^j) >> 2;  t3 = (x3 W^3j) >> 2   (32-bit products, Q13; j = 0: t = x << 13)
 *     X[j] = t0 + t1 + (t2 + t3)             X[j + 2L] = t0 + t1 - (t2 + t3)
 *     X[j + L] = t0 - t1 - i (t2 - t3)       X[j + 3L] = t0 - t1 + i (t2 - t3)
 *     out = (X + 2^b) >> (b + 1); e += b - 12
 *
 * Why nothing overflows: |x| <= 2^15.5 as a complex number, so a product is at most 2^30.5, t at most 2^28.5, X at most 2^30.5.
 */

/** Bit length of a value made of ORs of v ^ (v >> 31). */
export const bitLength = (magnitude: number): number => 32 - Math.clz32(magnitude);

const scale = (sum: number, shift: number): number => (shift > 0 ? (sum + (1 << (shift - 1))) >> shift : sum << -shift);

/** OR of the magnitudes of `data`. */
function magnitudes(data: Int16Array): number {
  let all = 0;
  for (const value of data) all |= value ^ (value >> 31);
  return all;
}

function firstRadix2(data: Int16Array, shift: number): void {
  for (let at = 0; at < data.length; at += 4) {
    for (let part = at; part < at + 2; part++) {
      const [a, b] = [data[part], data[part + 2]];
      data[part] = scale(a + b, shift);
      data[part + 2] = scale(a - b, shift);
    }
  }
}

function firstRadix4(data: Int16Array, shift: number): void {
  for (let at = 0; at < data.length; at += 8) {
    const evenReal = data[at] + data[at + 2];
    const evenImaginary = data[at + 1] + data[at + 3];
    const differenceReal = data[at] - data[at + 2];
    const differenceImaginary = data[at + 1] - data[at + 3];
    const oddReal = data[at + 4] + data[at + 6];
    const oddImaginary = data[at + 5] + data[at + 7];
    const turnedReal = data[at + 5] - data[at + 7];
    const turnedImaginary = data[at + 6] - data[at + 4];
    data[at] = scale(evenReal + oddReal, shift);
    data[at + 1] = scale(evenImaginary + oddImaginary, shift);
    data[at + 2] = scale(differenceReal + turnedReal, shift);
    data[at + 3] = scale(differenceImaginary + turnedImaginary, shift);
    data[at + 4] = scale(evenReal - oddReal, shift);
    data[at + 5] = scale(evenImaginary - oddImaginary, shift);
    data[at + 6] = scale(differenceReal - turnedReal, shift);
    data[at + 7] = scale(differenceImaginary - turnedImaginary, shift);
  }
}

/** Joins four transforms of `span` points each into transforms of 4 `span` points. */
function radix4(data: Int16Array, sine: Int16Array, span: number, bits: number): void {
  const quarter = sine.length / 4;
  const step = sine.length / (4 * span);
  const [half, shift] = [1 << bits, bits + 1];
  const product = (a: number, c: number, b: number, s: number, isTurned: boolean): number => (isTurned ? (a * c + b * s) >> 2 : a << 13);
  for (let j = 0; j < span; j++) {
    const isTurned = j !== 0;
    const turn = j * step;
    const [c1, s1] = [sine[2 * turn + quarter], sine[2 * turn]];
    const [c2, s2] = [sine[turn + quarter], sine[turn]];
    const [c3, s3] = [sine[3 * turn + quarter], sine[3 * turn]];
    for (let base = j; base < data.length / 2; base += 4 * span) {
      const [p0, p1, p2, p3] = [2 * base, 2 * (base + span), 2 * (base + 2 * span), 2 * (base + 3 * span)];
      const real0 = data[p0] << 13;
      const imaginary0 = data[p0 + 1] << 13;
      const real1 = product(data[p1], c1, data[p1 + 1], s1, isTurned);
      const imaginary1 = product(data[p1 + 1], c1, -data[p1], s1, isTurned);
      const real2 = product(data[p2], c2, data[p2 + 1], s2, isTurned);
      const imaginary2 = product(data[p2 + 1], c2, -data[p2], s2, isTurned);
      const real3 = product(data[p3], c3, data[p3 + 1], s3, isTurned);
      const imaginary3 = product(data[p3 + 1], c3, -data[p3], s3, isTurned);
      const [evenReal, evenImaginary] = [real0 + real1, imaginary0 + imaginary1];
      const [differenceReal, differenceImaginary] = [real0 - real1, imaginary0 - imaginary1];
      const [oddReal, oddImaginary] = [real2 + real3, imaginary2 + imaginary3];
      const [turnedReal, turnedImaginary] = [imaginary2 - imaginary3, real3 - real2];
      data[p0] = (evenReal + oddReal + half) >> shift;
      data[p0 + 1] = (evenImaginary + oddImaginary + half) >> shift;
      data[p1] = (differenceReal + turnedReal + half) >> shift;
      data[p1 + 1] = (differenceImaginary + turnedImaginary + half) >> shift;
      data[p2] = (evenReal - oddReal + half) >> shift;
      data[p2 + 1] = (evenImaginary - oddImaginary + half) >> shift;
      data[p3] = (differenceReal - turnedReal + half) >> shift;
      data[p3 + 1] = (differenceImaginary - turnedImaginary + half) >> shift;
    }
  }
}

/**
 * Transforms `data` in place.
 * @param data n pairs in bit-reversed order, n = sine.length / 2 >= 32
 * @param sine the table of `tables.ts`
 * @returns what the transform adds to the exponent of the block
 */
export function transform(data: Int16Array, sine: Int16Array): number {
  const points = data.length / 2;
  let bits = bitLength(magnitudes(data));
  const isOdd = (Math.clz32(points) & 1) === 0;
  let exponent = bits - (isOdd ? 13 : 12);
  if (isOdd) firstRadix2(data, exponent);
  else firstRadix4(data, exponent);
  for (let span = isOdd ? 2 : 4; span < points; span *= 4) {
    bits = bitLength(magnitudes(data));
    radix4(data, sine, span, bits);
    exponent += bits - 12;
  }
  return exponent;
}
