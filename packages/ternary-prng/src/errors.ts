/** Coded errors of this package: what was got, what was wanted, what to do. The catalogue is data, so that a page can be generated from it. */

/** Every code this package can throw, with what it means and what to do about it. */
export const TERNARY_PRNG_ERRORS = {
  TERNARY_PRNG_SEED: {
    summary: 'A seed or a path element is not a safe integer or a string.',
    hint: 'Pass an integer between -(2^53 - 1) and 2^53 - 1; path elements may also be strings.',
  },
  TERNARY_PRNG_RANGE: {
    summary: 'An upper bound of a draw lies outside the range of the generator.',
    hint: 'Pass an integer between 1 and 2^32.',
  },
  TERNARY_PRNG_SPEC: {
    summary: 'A description of a random ternary matrix has a field outside its range.',
    hint: 'Wanted: seed a safe integer; path a list of at most 255 safe integers and strings; rows and columns 1 to 65535 with rows * columns <= 2^28; density above 0, at most 1; generator "iid", or with 2 columns or more "balanced" or "low-discrepancy".',
  },
  TERNARY_PRNG_INDEX: {
    summary: 'A row or a column lies outside the matrix.',
    hint: 'Rows and columns count from 0.',
  },
  TERNARY_PRNG_PACKED: {
    summary: 'Bytes are no packed description of a random ternary matrix.',
    hint: 'Pass exactly the bytes that packSpec gave.',
  },
  TERNARY_PRNG_FRAMES: {
    summary: 'An array of frames does not fit the matrix.',
    hint: 'Wanted: x [columns][frames], y [rows][frames], both Float32Array or both Int16Array, frames a positive integer.',
  },
  TERNARY_PRNG_METHOD: {
    summary: 'There is no such way to compute this layer.',
    hint: 'Wanted: method "indices", or for element "i16" also "tables"; left out, the faster one is taken.',
  },
} as const;

/** One of the codes of {@link TERNARY_PRNG_ERRORS}. */
export type TernaryPrngErrorCode = keyof typeof TERNARY_PRNG_ERRORS;

/** Error with a permanent code; the message names the value that was got. */
export class TernaryPrngError extends Error {
  override readonly name = 'TernaryPrngError';
  readonly code: TernaryPrngErrorCode;

  constructor(code: TernaryPrngErrorCode, got: string) {
    const entry = TERNARY_PRNG_ERRORS[code];
    super(`${code}: ${entry.summary} Got ${got}. ${entry.hint}`);
    this.code = code;
  }
}
