/**
 * The list of convolutions, best known first within what they compute; tests, benchmarks, documentation and selection walk it.
 * Every pair of types that the matrix product has is here too.
 */
import { gather } from './conv2d-gather.wasm.ts';
import { conv2d1x1I16Tables4, conv2dTernaryx1I16Tables4 } from './conv2d-tables4.wasm.ts';
import type { ConvKernel } from './conv-kernel.ts';

/** Every convolution over planes; one over time is a plane of height 1. */
export const CONV_KERNELS: readonly ConvKernel[] = [
  conv2d1x1I16Tables4,
  conv2dTernaryx1I16Tables4,
  ...[true, false].flatMap((vectors) => [
    ...(['1', 'ternary'] as const).flatMap((weights) => [gather(weights, '1', 'i16', vectors), gather(weights, '1', 'i32', vectors)]),
    ...(['1', 'ternary', 'int4', 'int5', 'int8'] as const).map((weights) => gather(weights, 'int8', 'i32', vectors)),
    ...(['1', 'ternary'] as const).map((weights) => gather(weights, 'f32', 'f32', vectors)),
  ]),
];
