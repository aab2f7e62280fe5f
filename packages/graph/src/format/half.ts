/**
 * Numbers of half precision (IEEE 754 binary16): 11 significant bits from 2^-14 to 65,504, steps of 2^-24 below. Files store floats that are such
 * numbers in two bytes, so that rounding before is the only loss.
 */

const LARGEST = 65_504;
const SMALLEST_NORMAL = 2 ** -14;
const word = new Uint32Array(1);
const real = new Float32Array(word.buffer);

/** Bits of the nearest half of a finite f32, ties to even; what is too large becomes infinite. */
function halfOf(value: number): number {
  real[0] = value;
  const sign = (word[0]! >>> 16) & 0x8000;
  const magnitude = word[0]! & 0x7fff_ffff;
  real[0] = Math.abs(value);
  if (real[0] < SMALLEST_NORMAL) {
    // Adding 0.5 makes the sum's last bit worth 2^-24, so that the addition itself rounds.
    real[0] += 0.5;
    return sign | (word[0]! - 0x3f00_0000);
  }
  const rounded = (magnitude + 0xfff + ((magnitude >>> 13) & 1) - 0x3800_0000) >>> 13;
  return sign | Math.min(rounded, 0x7c00);
}

function valueOf(half: number): number {
  const [exponent, fraction] = [(half >>> 10) & 31, half & 0x3ff];
  const magnitude =
    exponent === 0 ? fraction * 2 ** -24 : exponent === 31 ? (fraction === 0 ? Infinity : Number.NaN) : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return (half & 0x8000) === 0 ? magnitude : -magnitude;
}

/**
 * The nearest numbers of half precision, each within 2^-12 of the largest magnitude. Values are returned as they are if their magnitudes are all too
 * small or one is too large for that.
 */
export function roundToHalf(values: Float32Array): Float32Array {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return largest >= SMALLEST_NORMAL && largest <= LARGEST ? values.map((value) => valueOf(halfOf(value))) : values;
}

/** The values as little-endian halves, or `null` if one of them is no such number. */
export function encodeHalves(values: Float32Array): Uint8Array | null {
  const bytes = new Uint8Array(2 * values.length);
  for (let at = 0; at < values.length; at++) {
    const half = halfOf(values[at]!);
    if (!Object.is(valueOf(half), values[at])) return null;
    bytes[2 * at] = half & 255;
    bytes[2 * at + 1] = half >>> 8;
  }
  return bytes;
}

/** The values of little-endian halves. */
export function decodeHalves(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: bytes.length / 2 }, (_, at) => valueOf(bytes[2 * at]! | (bytes[2 * at + 1]! << 8)));
}
