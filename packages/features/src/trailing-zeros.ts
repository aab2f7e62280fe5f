/**
 * Recordings shorter than a second are often stored as a second that ends in zeros; the zeros are no part of the recording.
 */

/** `samples` without the zeros at its end. */
export function withoutTrailingZeros<T extends Int16Array | Float32Array>(samples: T): T {
  let length = samples.length;
  while (length > 0 && samples[length - 1] === 0) length--;
  return samples.subarray(0, length) as T;
}
