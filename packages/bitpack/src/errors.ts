/**
 * Coded errors of packing and of the kernels.
 * Invariant: a code, once published, keeps its meaning; the catalogue is data, so a page can be generated from it.
 */

/** Every error of this package: what it means and what to do about it. */
export const BITPACK_ERRORS = {
  BITPACK_SHAPE: {
    summary: 'A shape is not one this package computes.',
    hint: 'Rows, depth and frames are positive integers; see the limits in the kernel table.',
  },
  BITPACK_LENGTH: {
    summary: 'An array does not have the length its shape asks for.',
    hint: 'Unpacked values are rows × columns; packed rows are rows × ceil(columns / 8) bytes.',
  },
  BITPACK_NOT_A_NUMBER: {
    summary: 'A value to be packed has no sign.',
    hint: 'NaN is neither +1 nor −1: look for a division by zero or a diverged training run before packing.',
  },
  BITPACK_KERNEL_UNKNOWN: {
    summary: 'No kernel has this name.',
    hint: 'The names are those of `GEMM_KERNELS`.',
  },
  BITPACK_KERNEL_UNFIT: {
    summary: 'No kernel can compute this shape here.',
    hint: 'Ask for the `i32` accumulator where the depth exceeds 32767, or leave the choice of the kernel to `selectGemm`.',
  },
  BITPACK_ADDRESS: {
    summary: 'A kernel was given memory it cannot use.',
    hint: 'Weights and scratch lie at multiples of 16 inside the memory, in regions of `weightBytes` and `scratchBytes`.',
  },
  BITPACK_FRAMES: {
    summary: 'A kernel was asked for a number of frames its plan does not cover.',
    hint: 'Plan with `t` as the largest number of frames of one call, or split the call.',
  },
} as const;

/** A code of {@link BITPACK_ERRORS}. */
export type BitpackErrorCode = keyof typeof BITPACK_ERRORS;

/** An error of this package. `detail` says what was got and what was wanted. */
export class BitpackError extends Error {
  readonly code: BitpackErrorCode;
  readonly hint: string;

  constructor(code: BitpackErrorCode, detail: string) {
    const { summary, hint } = BITPACK_ERRORS[code];
    super(`${summary} ${detail} ${hint} [${code}]`);
    this.name = 'BitpackError';
    this.code = code;
    this.hint = hint;
  }
}
