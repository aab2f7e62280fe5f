/** Every case, in the order of the table. */
import type { KernelCase } from '../case.ts';
import { CONV_CASES } from './conv3x3.ts';
import { GEMM_CASES } from './gemm.ts';
import { NET_CASES } from './net.ts';
import { PRNG_CASES } from './prng.ts';

export const KERNEL_CASES: readonly KernelCase[] = [...GEMM_CASES, ...CONV_CASES, ...NET_CASES, ...PRNG_CASES];
