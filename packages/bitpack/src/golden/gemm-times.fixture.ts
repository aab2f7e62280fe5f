/**
 * Times of kernels as `calibrateGemm` told them, and speeds as `measureSpeeds` did, on one machine: an AMD EPYC with Node 20.20.2.
 * What choices are checked against; kernels that are missing were beyond thirty times the best.
 */
import type { GemmActivations } from '../kernels/kernel.ts';
import type { WeightType } from '../layout.ts';
import type { Speeds } from '../speeds.ts';

/** One shape and the microseconds of a call by implementation. */
export interface GemmTimes {
  readonly weights: WeightType;
  readonly activations: GemmActivations;
  readonly m: number;
  readonly k: number;
  readonly t: number;
  readonly times: Readonly<Record<string, number>>;
}

export const SPEEDS: Speeds = { popcount: 0.752, words: 0.353, swizzle: 0.375, tables: 0.352, dot16: 0.185, scalar: 0.914, vector: 0.284 };

export const GEMM_TIMES: readonly GemmTimes[] = [
  { weights: '1', activations: '1', m: 256, k: 256, t: 1, times: { words: 0.4193, swizzle: 0.4576, popcount: 0.5658, tables4: 4.514 } },
  { weights: '1', activations: '1', m: 64, k: 256, t: 4, times: { words: 0.5409, popcount: 0.6296, swizzle: 0.818, tables4: 1.612 } },
  { weights: '1', activations: '1', m: 256, k: 256, t: 8, times: { words: 3.244, tables4: 4.658, popcount: 4.765, swizzle: 5.549 } },
  { weights: '1', activations: '1', m: 256, k: 256, t: 98, times: { tables4: 17.33, words: 43.76, popcount: 58.91, swizzle: 71.89 } },
  { weights: '1', activations: '1', m: 16, k: 256, t: 98, times: { tables4: 3.294, words: 5.436, popcount: 6.827, swizzle: 19.98 } },
  { weights: '1', activations: '1', m: 1024, k: 1024, t: 64, times: { tables4: 120.5, words: 382.9, popcount: 473.8, swizzle: 491.1 } },
  { weights: '1', activations: '1', m: 512, k: 512, t: 512, times: { tables4: 251.2, words: 853.8, popcount: 947.7, swizzle: 1499 } },
  { weights: 'ternary', activations: '1', m: 256, k: 256, t: 1, times: { outputs: 2.557, tables4: 11.9 } },
  { weights: 'ternary', activations: '1', m: 256, k: 256, t: 98, times: { tables4: 44.68, outputs: 272.1 } },
  { weights: '1', activations: 'int8', m: 256, k: 256, t: 1, times: { outputs: 1.873, tables16: 6.294, dot16: 12.52, scalar: 46.53 } },
  { weights: '1', activations: 'int8', m: 1024, k: 256, t: 8, times: { tables16: 21.54, dot16: 47.53, outputs: 58.98 } },
  { weights: '1', activations: 'int8', m: 256, k: 256, t: 98, times: { tables16: 45.55, dot16: 161.2, outputs: 204.2 } },
  { weights: 'ternary', activations: 'int8', m: 128, k: 64, t: 98, times: { tables16: 9.833, dot16: 20.25, outputs: 29.33 } },
  { weights: 'int4', activations: 'int8', m: 1024, k: 1024, t: 1, times: { outputs: 40.68, dot16: 274.1, scalar: 1015 } },
  { weights: 'int4', activations: 'int8', m: 256, k: 256, t: 98, times: { dot16: 198.1, outputs: 253.6 } },
  { weights: '1', activations: 'f32', m: 256, k: 1024, t: 32, times: { tables32: 175 } },
  { weights: '1', activations: '1', m: 8, k: 256, t: 98, times: { tables4: 2.33, popcount: 5.91, words: 8.2, swizzle: 27.1 } },
  { weights: '1', activations: '1', m: 8, k: 256, t: 16, times: { tables4: 0.452, popcount: 0.459, words: 0.483, swizzle: 1.8 } },
  { weights: 'ternary', activations: '1', m: 4, k: 256, t: 98, times: { tables4: 1.84, outputs: 28.8, scalar: 163 } },
  { weights: 'ternary', activations: '1', m: 16, k: 256, t: 16, times: { tables4: 0.93, outputs: 4.18, scalar: 47.1 } },
];
