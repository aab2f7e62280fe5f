/** Seeded, counter-based random numbers, and sparse random ternary matrices that are never stored. */
export { mix, Random } from './generator.ts';
export { TERNARY_PRNG_ERRORS, TernaryPrngError, type TernaryPrngErrorCode } from './errors.ts';
export { TERNARY_GENERATORS, type TernaryGenerator, type TernaryMatrixSpec, ternaryMatrixSpec } from './spec.ts';
export { packSpec, unpackSpec } from './packed-spec.ts';
export type { RowIndices } from './generators/index.ts';
export { rowIndices, ternaryElement, ternaryMatrix, ternaryRow } from './matrix.ts';
export { applyTernary, applyTernaryTransposed, type TernaryArithmetic, type TernaryFrames } from './apply.ts';
export { ternaryKernel, ternaryScratchBytes } from './kernels/sparse-ternary.wasm.ts';
export type { TernaryElement } from './kernels/lanes.ts';
export type { TernaryDirection } from './kernels/row-sums.wasm.ts';
export { createTernaryLayer, type TernaryFramesOf, type TernaryLayer, type TernaryLayerOptions, type TernaryMethod } from './layer.ts';
