/** 1-bit packing and arithmetic in WebAssembly; the layouts and the list of kernels are the interface. */
export { calibrateGemm, type Calibration } from './calibrate.ts';
export { BITPACK_ERRORS, BitpackError, type BitpackErrorCode } from './errors.ts';
export { gemm1x1, type GemmShape } from './kernels/gemm-1x1.ts';
export type { Accumulator, GemmKernel, KernelTarget } from './kernels/kernel.ts';
export { GEMM_KERNELS } from './kernels/table.ts';
export { type ActivationType, ALIGNMENT, EXTRA_BYTES, MAXIMUM_EXTENT, rowBytes, WEIGHT_TYPES, type WeightType } from './layout.ts';
export { multiply, pack, type PackedWeights } from './multiply.ts';
export { packRows, unpackRows } from './pack-rows.ts';
export { packSigns, signBits, type Signed } from './pack.ts';
export { type Gemm, type GemmAddresses, type GemmPlan, type GemmRequest, planGemm } from './plan.ts';
export { candidateGemms, type GemmChoice, gemmByName, selectGemm } from './select.ts';
export { unpackBits, unpackSigns } from './unpack.ts';
