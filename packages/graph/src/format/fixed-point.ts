/**
 * Numbers as signed bytes times one power of two, `n * 2^e` with `|n| <= 127` and `e` the smallest that fits all. Files store thresholds so, where nothing
 * is lost: `e`, then the bytes.
 */

const LARGEST = 127;

/** The exponent for numbers of this magnitude; `null` if a signed byte cannot hold it. */
function exponentFor(values: Float32Array): number | null {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest === 0) return 0;
  const exponent = Math.ceil(Math.log2(largest / LARGEST));
  return exponent >= -128 && exponent <= 127 ? exponent : null;
}

/** The nearest such numbers, none of them -0, each within 2^-7 of the largest magnitude; values that have no common exponent are returned as they are. */
export function roundToBytes(values: Float32Array): Float32Array {
  const exponent = exponentFor(values);
  return exponent === null ? values : values.map((value) => Math.round(value / 2 ** exponent) * 2 ** exponent + 0);
}

/** The exponent and the bytes of such numbers, or `null` if one of them is none. */
export function encodeFixedPoint(values: Float32Array): Int8Array | null {
  const exponent = exponentFor(values);
  if (exponent === null) return null;
  const bytes = Int8Array.from([exponent, ...values.map((value) => value / 2 ** exponent)]);
  return values.every((value, at) => Object.is(bytes[at + 1]! * 2 ** exponent, value)) ? bytes : null;
}

/** The numbers of an exponent and bytes. */
export function decodeFixedPoint(bytes: Int8Array): Float32Array<ArrayBuffer> {
  const step = 2 ** bytes[0]!;
  return Float32Array.from(bytes.subarray(1), (byte) => byte * step);
}
