/**
 * Depthwise with one product per tap, sixteen frames at once: integers in 16-bit lanes, where every sum fits them, and floats.
 * Weights of a channel: integers the sum to begin with and then the taps, all of 16 bits (as in `depthwise-dot16.wasm.ts`); floats the taps.
 */
import { f32x4, i16x8, v128 } from '@bitvox/wasm';
import type { DepthwiseLanes } from './depthwise.wasm.ts';

/** Modulo 2^16 on the way, exact at the end. */
export const wordLanes: DepthwiseLanes = {
  accumulator: 'i16',
  elementBytes: 1,
  startBytes: 2,
  turnTaps: 1,
  turnBytes: 2,
  units: 3,
  emit: (f) => {
    const [all, weight] = [f.locals('v128', 6), f.local('v128')];
    return {
      begin: (units, weights) => all.slice(0, 2 * units).forEach((sum) => f.set(sum, v128.load16Splat(weights))),
      turn: (units, weights, first) => {
        f.set(weight, v128.load16Splat(weights));
        all.slice(0, 2 * units).forEach((sum, n) => f.set(sum, i16x8.add(sum, i16x8.mul(v128.load8x8S(first, 8 * n), weight))));
      },
      sums: (unit) => ({ type: 'i16', vectors: all.slice(2 * unit, 2 * unit + 2) }),
    };
  },
};

/** Products rounded, then added to the sum, tap by tap. */
export const floatLanes: DepthwiseLanes = {
  accumulator: 'f32',
  elementBytes: 4,
  startBytes: 0,
  turnTaps: 1,
  turnBytes: 4,
  units: 1,
  emit: (f) => {
    const [vectors, weight] = [f.locals('v128', 4), f.local('v128')];
    return {
      begin: () => vectors.forEach((sum) => f.set(sum, v128.zero())),
      turn: (_, weights, first) => {
        f.set(weight, v128.load32Splat(weights));
        vectors.forEach((sum, n) => f.set(sum, f32x4.add(sum, f32x4.mul(v128.load(first, 16 * n), weight))));
      },
      sums: () => ({ type: 'f32', vectors }),
    };
  },
};
