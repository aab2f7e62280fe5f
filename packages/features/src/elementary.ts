/**
 * Elementary functions out of +, -, * and / only, which IEEE 754 rounds the same way in every engine; `Math.cos`, `Math.log`
 * and `Math.exp` may differ in the last bit between engines. Tables built from these are therefore the same bits everywhere.
 * Accuracy: within 2 units in the last place.
 */

const LN2_HIGH = 0.69314718036912381649;
const LN2_LOW = 1.90821492927058770002e-10;
const bits = new DataView(new ArrayBuffer(8));

/**
 * Natural logarithm: x = m 2^e with m in [1/sqrt 2, sqrt 2), ln m = 2 atanh((m - 1) / (m + 1)).
 * @param x a number; 0 gives -Infinity, a negative number NaN
 */
export function naturalLog(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return Infinity;
  let exponent = 0;
  let value = x;
  if (value < 2.2250738585072014e-308) {
    value *= 18014398509481984;
    exponent = -54;
  }
  bits.setFloat64(0, value);
  const high = bits.getUint32(0);
  exponent += (high >>> 20) - 1023;
  bits.setUint32(0, (high & 0xfffff) | 0x3ff00000);
  let mantissa = bits.getFloat64(0);
  if (mantissa >= Math.SQRT2) {
    mantissa *= 0.5;
    exponent += 1;
  }
  const s = (mantissa - 1) / (mantissa + 1);
  const z = s * s;
  let series = 1 / 23;
  for (let k = 21; k >= 3; k -= 2) series = series * z + 1 / k;
  return exponent * LN2_HIGH + (exponent * LN2_LOW + 2 * (s + s * z * series));
}

/** e^x by reduction to |r| <= ln 2 / 2 and the Taylor series; for |x| < 700. */
export function exponential(x: number): number {
  const k = Math.floor(x / (LN2_HIGH + LN2_LOW) + 0.5);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let series = 1;
  for (let n = 15; n >= 1; n--) series = 1 + (series * r) / n;
  bits.setUint32(0, (k + 1023) << 20);
  bits.setUint32(4, 0);
  return series * bits.getFloat64(0);
}

/** sin(x) for 0 <= x <= pi/4. */
function smallSine(x: number): number {
  const z = x * x;
  let series = 1;
  for (let n = 18; n >= 2; n -= 2) series = 1 - (series * z) / (n * (n + 1));
  return x * series;
}

/** cos(x) for 0 <= x <= pi/4. */
function smallCosine(x: number): number {
  const z = x * x;
  let series = 1;
  for (let n = 19; n >= 1; n -= 2) series = 1 - (series * z) / (n * (n + 1));
  return series;
}

/**
 * cos(2 pi a / b), exact in its symmetries (quarter turns are exactly 0 and +-1).
 * @param a integer numerator of the turn, any sign, |a| < 2^50
 * @param b integer denominator, 1 <= b < 2^50
 */
export function cosineOfTurn(a: number, b: number): number {
  let numerator = a % b;
  if (numerator < 0) numerator = -numerator;
  if (2 * numerator > b) numerator = b - numerator;
  const negative = 4 * numerator > b;
  // Folding at a quarter turn needs b / 2 - numerator; doubling both keeps it an integer.
  const folded = negative ? b - 2 * numerator : 2 * numerator;
  const denominator = 2 * b;
  const value =
    8 * folded <= denominator ? smallCosine((2 * Math.PI * folded) / denominator) : smallSine((Math.PI * (denominator - 4 * folded)) / (2 * denominator));
  return negative ? -value : value;
}

/** sin(2 pi a / b); see {@link cosineOfTurn}. */
export function sineOfTurn(a: number, b: number): number {
  return cosineOfTurn(4 * a - b, 4 * b);
}
