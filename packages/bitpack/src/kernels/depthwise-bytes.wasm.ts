/**
 * Depthwise of 1-bit weights and signs in bytes, sixteen frames to a vector, without products: −x = (x ^ −1) + 1.
 *
 *     sign:  y = Σ (x ^ mask) + n          bits:  y = 2·(Σ (b ^ mask) + n) − (k − 2n),      n = number of weights of −1
 *
 * All of it modulo 2^8, which |y| <= k <= 127 fits. Weights of a channel: the constant (i8), then the masks.
 */
import { i16x8, i8x16, v128 } from '@bitvox/wasm';
import type { DepthwiseActivations, DepthwiseShape } from './depthwise.ts';
import { type DepthwiseLanes, packDepthwise } from './depthwise.wasm.ts';

/** Most taps whose sums fit a byte. */
export const BYTE_TAPS = 127;

export const byteLanes = (activations: DepthwiseActivations): DepthwiseLanes => ({
  accumulator: 'i16',
  elementBytes: 1,
  startBytes: 1,
  turnTaps: 2,
  turnBytes: 2,
  units: 3,
  emit: (f) => {
    const [all, mask, start] = [f.locals('v128', 3), f.local('v128'), f.local('v128')];
    const vectors = f.locals('v128', 2);
    return {
      begin: (units, weights) => {
        f.set(start, v128.load8Splat(weights));
        all.slice(0, units).forEach((sum) => f.set(sum, v128.zero()));
      },
      turn: (units, weights, ...taps) => {
        taps.forEach((tap, at) => {
          if (tap === undefined) return;
          f.set(mask, v128.load8Splat(weights, at));
          all.slice(0, units).forEach((sum, unit) => f.set(sum, i8x16.add(sum, v128.xor(v128.load(tap, 16 * unit), mask))));
        });
      },
      sums: (unit) => {
        const sum = all[unit]!;
        f.set(sum, i8x16.add(activations === '1' ? i8x16.add(sum, sum) : sum, start));
        f.set(vectors[0]!, i16x8.extendLowI8x16S(sum));
        f.set(vectors[1]!, i16x8.extendHighI8x16S(sum));
        return { type: 'i16', vectors };
      },
    };
  },
});

/** Masks and constants of ±1. */
export function packMasks(values: ArrayLike<number>, shape: DepthwiseShape, activations: DepthwiseActivations): Uint8Array<ArrayBuffer> {
  const { taps } = shape;
  return packDepthwise(shape, byteLanes(activations), (view, at, channel) => {
    let negative = 0;
    for (let tap = 0; tap < taps; tap++) {
      const isNegative = values[channel * taps + tap]! < 0;
      negative += Number(isNegative);
      view.setInt8(at + 1 + tap, isNegative ? -1 : 0);
    }
    view.setInt8(at, activations === '1' ? 4 * negative - taps : negative);
  });
}
