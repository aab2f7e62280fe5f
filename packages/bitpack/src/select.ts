/**
 * Which kernel computes a shape: by what the engine can do and a fixed rule on the shape, so that the same program chooses
 * alike everywhere. All kernels give the same bits; a name overrides the rule, `calibrate.ts` measures instead.
 */
import { type Capabilities, detectCapabilities } from '@bitvox/wasm';
import { BitpackError } from './errors.ts';
import type { GemmShape } from './kernels/gemm-1x1.ts';
import type { Accumulator, GemmKernel } from './kernels/kernel.ts';
import { GEMM_KERNELS } from './kernels/table.ts';

/** What a choice depends on beside the shape. */
export interface GemmChoice {
  /** Type of the results, `i16` unless told. */
  readonly accumulator?: Accumulator;
  /** What the engine can do; detected unless told. */
  readonly capabilities?: Capabilities;
}

/** Every kernel that gives exact results for a shape and runs here, in the order of the list. */
export function candidateGemms(shape: GemmShape, { accumulator = 'i16', capabilities = detectCapabilities() }: GemmChoice = {}): GemmKernel[] {
  return GEMM_KERNELS.filter(
    (kernel) => kernel.accumulator === accumulator && shape.k <= kernel.limits.k && kernel.requires.every((capability) => capabilities[capability]),
  );
}

/**
 * The kernel for a shape of at most `shape.t` frames per call.
 * @throws BitpackError `BITPACK_KERNEL_UNFIT` when none gives exact results.
 */
export function selectGemm(shape: GemmShape, choice: GemmChoice = {}): GemmKernel {
  const candidates = candidateGemms(shape, choice);
  const kernel = candidates.find(({ pays }) => shape.m >= pays.m && shape.t >= pays.t);
  if (kernel === undefined) {
    throw new BitpackError('BITPACK_KERNEL_UNFIT', `Got depth ${shape.k} for the accumulator ${choice.accumulator ?? 'i16'}.`);
  }
  return kernel;
}

/**
 * The kernel of this name.
 * @throws BitpackError `BITPACK_KERNEL_UNKNOWN`, or `BITPACK_KERNEL_UNFIT` when it cannot compute the shape here.
 */
export function gemmByName(name: string, shape: GemmShape, choice: GemmChoice = {}): GemmKernel {
  const kernel = GEMM_KERNELS.find((candidate) => candidate.name === name);
  if (kernel === undefined) throw new BitpackError('BITPACK_KERNEL_UNKNOWN', `Got "${name}", wanted one of ${GEMM_KERNELS.map((k) => k.name).join(', ')}.`);
  if (!candidateGemms(shape, { ...choice, accumulator: kernel.accumulator }).includes(kernel)) {
    throw new BitpackError(
      'BITPACK_KERNEL_UNFIT',
      `Got "${name}" for depth ${shape.k}; it computes up to ${kernel.limits.k} and requires [${kernel.requires.join(', ')}].`,
    );
  }
  return kernel;
}
