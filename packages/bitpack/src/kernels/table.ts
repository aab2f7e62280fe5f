/**
 * The list of kernels, best known first within what they compute. Tests, benchmarks, documentation and selection walk
 * this list; a kernel that is not in it does not exist.
 */
import { gemm1x1I16Popcount, gemm1x1I32Popcount } from './gemm-1x1-popcount.wasm.ts';
import { gemm1x1I16RelaxedSwizzle, gemm1x1I16Swizzle } from './gemm-1x1-swizzle.wasm.ts';
import { gemm1x1I16Words, gemm1x1I32Words } from './gemm-1x1-words.wasm.ts';
import { dot16 } from './gemm-dot16.wasm.ts';
import { floatScalar } from './gemm-float-scalar.wasm.ts';
import { outputs } from './gemm-outputs.wasm.ts';
import { relaxedDot } from './gemm-relaxed-dot.wasm.ts';
import { scalar } from './gemm-scalar.wasm.ts';
import { gemm1xInt8Tables16, gemmTernaryxInt8Tables16 } from './gemm-tables16.wasm.ts';
import { tables32 } from './gemm-tables32.wasm.ts';
import { gemm1x1I16Tables4, gemmTernaryx1I16Tables4 } from './gemm-tables4.wasm.ts';
import type { GemmKernel } from './kernel.ts';

/** Every matrix product. */
export const GEMM_KERNELS: readonly GemmKernel[] = [
  gemm1x1I16Tables4,
  gemm1x1I16RelaxedSwizzle,
  gemm1x1I16Swizzle,
  gemm1x1I16Popcount,
  gemm1x1I16Words,
  gemm1x1I32Popcount,
  gemm1x1I32Words,
  gemmTernaryx1I16Tables4,
  outputs('ternary', '1', 'i16'),
  scalar('ternary', '1', 'i16'),
  outputs('ternary', '1', 'i32'),
  scalar('ternary', '1', 'i32'),
  gemm1xInt8Tables16,
  gemmTernaryxInt8Tables16,
  ...(['1', 'ternary', 'int4', 'int5', 'int8'] as const).flatMap((weights) => [
    dot16(weights),
    outputs(weights, 'int8', 'i32'),
    // Pays where the processor has a dot product of bytes for vectors of this size, and not elsewhere: left to measuring.
    ...(weights === 'int8' ? [] : [relaxedDot(weights)]),
    scalar(weights, 'int8', 'i32'),
  ]),
  ...(['1', 'ternary'] as const).flatMap((weights) => [tables32(weights), floatScalar(weights)]),
];
