/**
 * The list of kernels, best known first within what they compute. Tests, benchmarks, documentation and selection walk
 * this list; a kernel that is not in it does not exist.
 */
import { gemm1x1I16Popcount, gemm1x1I32Popcount } from './gemm-1x1-popcount.wasm.ts';
import { gemm1x1I16Tables4 } from './gemm-1x1-tables4.wasm.ts';
import { gemm1x1I16Words, gemm1x1I32Words } from './gemm-1x1-words.wasm.ts';
import type { GemmKernel } from './kernel.ts';

/** Every matrix product. */
export const GEMM_KERNELS: readonly GemmKernel[] = [gemm1x1I16Tables4, gemm1x1I16Popcount, gemm1x1I16Words, gemm1x1I32Popcount, gemm1x1I32Words];
