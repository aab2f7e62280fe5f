/** Export of a lowered network as a self-contained C99 project. */
export { type Core, type CoreName, CORES } from './cores.ts';
export { ARM_ERRORS, ArmError, type ArmErrorCode } from './errors.ts';
export type { ArmKernel, ArmStep } from './kernels/kernel.ts';
export { kernelSource, lonelyStep } from './kernels/kernel-source.ts';
export { ARM_KERNELS, BLOCK_KERNELS } from './kernels/table.ts';
export type { GoldenClip } from './project/golden.ts';
export { type RandomTernaryMatrix, randomTernaryHeader } from './random-ternary/random-ternary.ts';
export { type ArmOptions, type ArmProject, armProject } from './project/project.ts';
export type { ArmReport } from './project/report.ts';
