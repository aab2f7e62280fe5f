/** Every kernel, and the choice among them: the one of least cost that fits the step and runs on the core. */
import type { StepOp } from '@bitvox/runtime';
import { type CoreName, CORES } from '../cores.ts';
import { ArmError } from '../errors.ts';
import { DUAL_CONV1D, DUAL_CONV2D } from './dual/dual.ts';
import type { ArmKernel, ArmStep } from './kernel.ts';
import { PATCHES_CONV2D } from './patches/patches.ts';
import { PORTABLE_CONV2D } from './portable/conv2d.ts';
import { treeProducts, treeThreshold } from './neon/tree.ts';
import { PORTABLE_MEAN_POOLS } from './portable/mean-pool.ts';
import { PORTABLE_PASS } from './portable/pass.ts';
import { PORTABLE_WEIGHTED } from './portable/weighted.ts';
import { MINORITY_CONV1D } from './sliced/minority.ts';
import { MINORITY_THRESHOLD, MINORITY_THRESHOLD_VECTOR } from './sliced/minority-threshold.ts';
import { SLICED_CONV1D, SLICED_DEPTHWISE } from './sliced/sliced.ts';
import { subsetSums } from './subset-sums/subset-sums.ts';

const BY_OPERATION: { readonly [Op in StepOp]: readonly ArmKernel[] } = {
  conv1d: [
    ...PORTABLE_WEIGHTED.filter(({ op }) => op === 'conv1d'),
    SLICED_CONV1D,
    MINORITY_CONV1D,
    MINORITY_THRESHOLD,
    MINORITY_THRESHOLD_VECTOR,
    DUAL_CONV1D,
    subsetSums(1),
    treeProducts(1),
    treeThreshold(1),
  ],
  conv2d: [...PORTABLE_CONV2D, PATCHES_CONV2D, DUAL_CONV2D],
  'depthwise-conv1d': [...PORTABLE_WEIGHTED.filter(({ op }) => op === 'depthwise-conv1d'), SLICED_DEPTHWISE],
  'mean-pool': PORTABLE_MEAN_POOLS,
  pass: [PORTABLE_PASS],
};

/** Every kernel. */
export const ARM_KERNELS: readonly ArmKernel[] = Object.values(BY_OPERATION).flat();

/** Whether its call can be executed for each of two terms. */
const isRepeatable = ({ writes, findsTaps }: ArmKernel): boolean => writes === 'accumulators' && findsTaps !== true;

/** Kernels of blocks of frames, `x` one pointer per frame and the results one after the other. Projects compute a frame at a time and use none. */
export const BLOCK_KERNELS = [
  { frames: 2, kernel: subsetSums(2) },
  { frames: 4, kernel: treeProducts(4) },
  { frames: 4, kernel: treeThreshold(4) },
] as const;

/** Kernels that compute a step on a core, the cheapest first. */
export function candidateKernels(step: ArmStep, core: CoreName): readonly ArmKernel[] {
  const possible = BY_OPERATION[step.step.op].filter(
    (kernel) => kernel.runsOn(CORES[core]) && kernel.fits(step) && (step.step.terms === null || isRepeatable(kernel)),
  );
  return possible.toSorted((a, b) => a.cost(step, core) - b.cost(step, core));
}

/**
 * The kernel that computes a step.
 * @param preferred names of kernels that are taken wherever they fit, whatever they cost
 * @throws ArmError `ARM_KERNEL`
 */
export function chooseKernel(step: ArmStep, core: CoreName, preferred: readonly string[] = []): ArmKernel {
  const candidates = candidateKernels(step, core);
  const kernel = candidates.find(({ name }) => preferred.includes(name)) ?? candidates[0];
  if (kernel === undefined) throw new ArmError('ARM_KERNEL', `"${step.step.node}" (${step.step.op}) reads ${step.input.format} on ${core}.`);
  return kernel;
}
