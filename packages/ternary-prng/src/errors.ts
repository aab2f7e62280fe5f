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
