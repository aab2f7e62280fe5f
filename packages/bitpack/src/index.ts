/** Packing of weights from 1 to 8 bits and arithmetic on them in WebAssembly; the layouts and the list of kernels are the interface. */
export { calibrateGemm, type Calibration, type CalibrationOptions } from './calibrate.ts';
export { type Conv1dGeometry, type Conv1dRequest, planConv1d } from './conv1d.ts';
export { candidateConvs, type Conv, type Conv2dGeometry, type Conv2dRequest, type ConvPlan, type Padding, planConv2d } from './conv2d.ts';
export { convolve } from './convolve.ts';
export { convolveDepthwise, type DepthwiseGeometry } from './depthwise-convolve.ts';
export { type BoundDepthwise, type DepthwiseAddresses, type DepthwisePlan, type DepthwiseRequest, planDepthwise } from './depthwise.ts';
export {
  type FinishedDepthwise,
  type FinishedDepthwiseAddresses,
  type FinishedDepthwisePlan,
  type FinishedDepthwiseRequest,
  planFinishedDepthwise,
} from './epilogue-depthwise.ts';
export { type FinishedGemm, type FinishedGemmAddresses, type FinishedGemmPlan, type FinishedGemmRequest, planFinishedGemm } from './epilogue-gemm.ts';
export { type BoundEpilogue, EPILOGUES, type EpiloguePlan, type EpilogueRequest, planEpilogue } from './epilogue.ts';
export { BITPACK_ERRORS, BitpackError, type BitpackErrorCode } from './errors.ts';
export type { ConvBinding, ConvKernel, ConvRun } from './kernels/conv-kernel.ts';
export type { ConvShape, Margins, PaddingRule, Pair } from './kernels/conv-shape.ts';
export { CONV_KERNELS } from './kernels/conv-table.ts';
export { conv2d } from './kernels/conv2d.ts';
export { conv2dFloat } from './kernels/conv2d-float.ts';
export { depthwise, type DepthwiseActivations, type DepthwiseShape, type DepthwiseTypes, type DepthwiseWeights, windowFrames } from './kernels/depthwise.ts';
export type { DepthwiseAccumulator, DepthwiseKernel } from './kernels/depthwise-kernel.ts';
export { DEPTHWISE_KERNELS } from './kernels/depthwise-table.ts';
export {
  type Activation,
  type BitFormat,
  type Comparison,
  type Epilogue,
  type EpilogueSource,
  type ExactRequantization,
  finishElement,
  type FloatEpilogue,
  type Q15Requantization,
  type Requantization,
  type ThresholdEpilogue,
  type ValueEpilogue,
  type ValueOutput,
} from './kernels/epilogue.ts';
export { fastestGemm, type FastestOptions, predictMicroseconds } from './fastest.ts';
export { gemm1x1, type GemmShape } from './kernels/gemm-1x1.ts';
export { gemm, type GemmTypes } from './kernels/gemm.ts';
export { type FloatWeights, gemmFloat } from './kernels/gemm-float.ts';
export type { Accumulator, GemmAccumulator, GemmActivations, GemmKernel, KernelTarget } from './kernels/kernel.ts';
export { STEP_KINDS, type StepKind, type Steps } from './kernels/steps.ts';
export { GEMM_KERNELS } from './kernels/table.ts';
export { type ActivationType, ALIGNMENT, EXTRA_BYTES, MAXIMUM_EXTENT, rowBytes, WEIGHT_TYPES, type WeightType } from './layout.ts';
export {
  type Activations,
  type DefaultActivations,
  multiply,
  type MultiplyOptions,
  pack,
  type PackedWeights,
  type PackOptions,
  type Product,
} from './multiply.ts';
export { packSigns, signBits, type Signed } from './pack.ts';
export { packRows, unpackRows } from './pack-rows.ts';
export { type Gemm, type GemmAddresses, type GemmPlan, type GemmRequest, planGemm } from './plan.ts';
export { candidateGemms, type GemmChoice, gemmByName, selectGemm } from './select.ts';
export { measureSpeeds, type SpeedOptions, type Speeds, type SpeedStore } from './speeds.ts';
export { unpackBits, unpackSigns } from './unpack.ts';
