/**
 * Which kernel computes a shape: by what the engine can do and a fixed rule on the shape, so that the same program chooses
 * alike everywhere. All kernels give the same bits; a name overrides the rule, `calibrate.ts` measures instead.
 */
import { type Capabilities, detectCapabilities } from '@bitvox/wasm';
import { BitpackError } from './errors.ts';
import type { GemmShape } from './kernels/gemm-1x1.ts';
import type { GemmAccumulator, GemmActivations, GemmKernel } from './kernels/kernel.ts';
import { GEMM_KERNELS } from './kernels/table.ts';
import { WEIGHT_TYPES, type WeightType } from './layout.ts';

/** What a choice depends on beside the shape. */
export interface GemmChoice {
  /** Type of the weights, `1` unless told. */
  readonly weights?: WeightType;
  /** Type of the activations, `1` unless told. */
  readonly activations?: GemmActivations;
  /** Type of the results; unless told `i16` for activations of 1 bit, `i32` for `int8`, `f32` for `f32`. */
  readonly accumulator?: GemmAccumulator;
  /** What the engine can do; detected unless told. */
  readonly capabilities?: Capabilities;
}

/** The type of the results unless told. */
const RESULTS: Readonly<Record<GemmActivations, GemmAccumulator>> = { '1': 'i16', int8: 'i32', f32: 'f32' };

/**
 * What is computed, with nothing left open.
 * @throws BitpackError `BITPACK_TYPE`
 */
export function typesOf({ weights = '1', activations = '1', accumulator = RESULTS[activations] }: GemmChoice) {
  if (!Object.hasOwn(WEIGHT_TYPES, weights) || !Object.hasOwn(RESULTS, activations)) {
    throw new BitpackError('BITPACK_TYPE', `Got weights "${String(weights)}" and activations "${String(activations)}".`);
  }
  return { weights, activations, accumulator };
}

/**
 * Every kernel that gives exact results for a shape and runs here, in the order of the list.
 * @throws BitpackError `BITPACK_TYPE`
 */
export function candidateGemms(shape: GemmShape, choice: GemmChoice = {}): GemmKernel[] {
  const { weights, activations, accumulator } = typesOf(choice);
  const capabilities = choice.capabilities ?? detectCapabilities();
  return GEMM_KERNELS.filter(
    (kernel) =>
      kernel.weights === weights &&
      kernel.activations === activations &&
      kernel.accumulator === accumulator &&
      shape.k <= kernel.limits.k &&
      kernel.requires.every((capability) => capabilities[capability]),
  );
}

/**
 * The kernel for a shape of at most `shape.t` frames per call.
 * @throws BitpackError `BITPACK_TYPE`, or `BITPACK_KERNEL_UNFIT` when none gives exact results.
 */
export function selectGemm(shape: GemmShape, choice: GemmChoice = {}): GemmKernel {
  const candidates = candidateGemms(shape, choice);
  const kernel = candidates.find(({ pays }) => shape.m >= pays.m && shape.t >= pays.t);
  if (kernel === undefined) {
    const { weights, activations, accumulator } = typesOf(choice);
    throw new BitpackError('BITPACK_KERNEL_UNFIT', `Got depth ${shape.k} for ${weights} × ${activations} with the accumulator ${accumulator}.`);
  }
  return kernel;
}

/**
 * The kernel of this name.
 * @throws BitpackError `BITPACK_KERNEL_UNKNOWN`, or `BITPACK_KERNEL_UNFIT` when it cannot compute the shape or the types here.
 */
export function gemmByName(name: string, shape: GemmShape, choice: GemmChoice = {}): GemmKernel {
  const kernel = GEMM_KERNELS.find((candidate) => candidate.name === name);
  if (kernel === undefined) throw new BitpackError('BITPACK_KERNEL_UNKNOWN', `Got "${name}", wanted one of ${GEMM_KERNELS.map((k) => k.name).join(', ')}.`);
  const { weights, activations, accumulator } = kernel;
  // A name says the types; those said beside it must agree.
  if (!candidateGemms(shape, { weights, activations, ...choice, accumulator }).includes(kernel)) {
    throw new BitpackError(
      'BITPACK_KERNEL_UNFIT',
      `Got "${name}" for depth ${shape.k}; it computes up to ${kernel.limits.k} and requires [${kernel.requires.join(', ')}].`,
    );
  }
  return kernel;
}
