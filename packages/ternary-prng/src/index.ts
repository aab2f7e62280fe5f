/** Seeded, counter-based random numbers. */
export { mix, Random } from './generator.ts';
export { TERNARY_PRNG_ERRORS, TernaryPrngError, type TernaryPrngErrorCode } from './errors.ts';
