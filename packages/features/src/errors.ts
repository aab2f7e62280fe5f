/**
 * Every way in which this package refuses its input: one permanent code each.
 * Invariant: a message says what was got and what was wanted; the hint says what to do.
 */

/** The catalogue of errors, from which the documentation page is generated. */
export const FEATURE_ERRORS = {
  FEATURE_CONFIG_NOT_AN_OBJECT: {
    summary: 'A feature configuration is not an object.',
    hint: 'Pass SPEC98X40, or a plain object with the fields of FeatureConfig.',
  },
  FEATURE_CONFIG_UNKNOWN_FIELD: {
    summary: 'A feature configuration has a field that this version does not know.',
    hint: 'Check the spelling; a file written by a newer version needs a newer @bitvox/features.',
  },
  FEATURE_CONFIG_VALUE: {
    summary: 'A field of a feature configuration is missing, of the wrong type or out of range.',
    hint: 'Take the value from the range in the message; FeatureConfig documents every field.',
  },
  FEATURE_FILTER_TOO_WIDE: {
    summary: 'A mel filter covers so many FFT bins that its sum no longer fits the accumulator.',
    hint: 'Use more bands, a smaller FFT, or a narrower range from low to high.',
  },
  FEATURE_FILTER_EMPTY: {
    summary: 'A mel filter covers no FFT bin, so its band would always be zero.',
    hint: 'Use fewer bands, a larger FFT, or a wider range from low to high.',
  },
  FEATURE_UNKNOWN_PRESET: {
    summary: 'There is no float front end of that name.',
    hint: 'Use one of the names in PRESETS.',
  },
  FEATURE_SAMPLES: {
    summary: 'Samples are not of the type a front end reads.',
    hint: 'Pass an Int16Array (or, for float features, a Float32Array in -1..1) of one channel.',
  },
  FEATURE_FFT_SIZE: {
    summary: 'The power spectrum is not available in that size.',
    hint: 'Use a power of two from 64 to 2048.',
  },
  FEATURE_BUFFER_SIZE: {
    summary: 'A buffer does not have the length the operation needs.',
    hint: 'Allocate the length given in the message.',
  },
  FEATURE_NO_WEBASSEMBLY: {
    summary: 'The WebAssembly backend was asked for, but this engine has no WebAssembly.',
    hint: "Leave the backend at 'auto', or use 'reference'.",
  },
} as const;

/** A permanent code of the catalogue. */
export type FeatureErrorCode = keyof typeof FEATURE_ERRORS;

/** An error of this package. `code` is permanent; `message` is for people and may change. */
export class FeatureError extends Error {
  readonly code: FeatureErrorCode;

  /**
   * @param code which error of the catalogue
   * @param detail what was got and what was wanted
   */
  constructor(code: FeatureErrorCode, detail: string) {
    super(`${code}: ${detail} ${FEATURE_ERRORS[code].hint}`);
    this.name = 'FeatureError';
    this.code = code;
  }
}
