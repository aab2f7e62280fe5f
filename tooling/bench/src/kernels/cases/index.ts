/** Every case, in the order of the table. */
import type { KernelCase } from '../case.ts';
import { GEMM_CASES } from './gemm.ts';
import { NET_CASES } from './net.ts';
import { PRNG_CASES } from './prng.ts';

export const KERNEL_CASES: readonly KernelCase[] = [...GEMM_CASES, ...NET_CASES, ...PRNG_CASES];
