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
    hint: 'Unpacked values are rows × columns; packed rows are rows × `rowBytes(columns, type)` bytes.',
  },
  BITPACK_NOT_A_NUMBER: {
    summary: 'A value to be packed has no sign.',
    hint: 'NaN is neither +1 nor −1: look for a division by zero or a diverged training run before packing.',
  },
  BITPACK_RANGE: {
    summary: 'A weight is not one its type can hold.',
    hint: 'Weights are packed exactly: quantise to integers within the range of `WEIGHT_TYPES` first.',
  },
  BITPACK_TYPE: {
    summary: 'No weights or activations have this type.',
    hint: 'The types of weights are those of `WEIGHT_TYPES`; activations are `1`, `int8` in an Int8Array, or `f32` in a Float32Array for weights of 1 bit and ternary ones.',
  },
  BITPACK_BYTE: {
    summary: 'A packed byte stands for no weights.',
    hint: 'Five ternary weights make a byte of 0 to 242: the rows are damaged, or were packed as another type.',
  },
  BITPACK_KERNEL_UNKNOWN: {
    summary: 'No kernel has this name.',
    hint: 'The names are those of `GEMM_KERNELS`, `CONV_KERNELS` and `DEPTHWISE_KERNELS`.',
  },
  BITPACK_KERNEL_UNFIT: {
    summary: 'No kernel can compute this shape here.',
    hint: 'Bits give `i16`, or `i32` where the depth exceeds 32767; `int8` activations give `i32`, `f32` give `f32`; leave the choice of the kernel to `selectGemm`.',
  },
  BITPACK_ADDRESS: {
    summary: 'A kernel was given memory it cannot use.',
    hint: 'Weights and scratch lie at multiples of 16 inside the memory, in regions of `weightBytes` and `scratchBytes`.',
  },
  BITPACK_EPILOGUE: {
    summary: 'An epilogue has numbers outside the bounds of its arithmetic.',
    hint: 'The bounds stand with the types of epilogues; within them results are exact.',
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
