/** Every case, in the order of the table. */
import type { KernelCase } from '../case.ts';
import { GEMM_CASES } from './gemm.ts';

export const KERNEL_CASES: readonly KernelCase[] = [...GEMM_CASES];
