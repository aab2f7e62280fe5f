/**
 * Depthwise of 1-bit weights without products: −x = (x ^ −1) + 1, and two neighbouring taps of eight frames are summed by one pairwise
 * addition of bytes. Frames of even and odd numbers are summed apart, from vectors that begin at the even and the odd one.
 * Neighbouring taps have to be neighbouring frames: dilation and stride are 1.
 *
 *     bytes:  y = Σ (x ^ mask) + n          bits:  y = 2·(Σ (b ^ mask) + n) − (k − 2n),      n = number of weights of −1
 *
 * Weights of a channel: the constant (i16), then masks of two bytes per pair, a single last tap likewise.
 */
import { i16x8, v128, type V128 } from '@bitvox/wasm';
import type { DepthwiseActivations, DepthwiseShape } from './depthwise.ts';
import { type DepthwiseLanes, packDepthwise } from './depthwise.wasm.ts';

const LOW = [0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23];
const HIGH = LOW.map((byte) => byte + 8);

export const pairLanes = (activations: DepthwiseActivations): DepthwiseLanes => ({
  accumulator: 'i16',
  elementBytes: 1,
  startBytes: 2,
  turnTaps: 2,
  turnBytes: 2,
  units: 2,
  emit: (f) => {
    const [all, mask, start] = [f.locals('v128', 4), f.local('v128'), f.local('v128')];
    const [even, odd] = [f.local('v128'), f.local('v128')];
    return {
      begin: (units, weights) => {
        f.set(start, v128.load16Splat(weights));
        all.slice(0, 2 * units).forEach((sum) => f.set(sum, v128.zero()));
      },
      turn: (units, weights, first, second) => {
        f.set(mask, v128.load16Splat(weights));
        all.slice(0, 2 * units).forEach((sum, n) => {
          const at = 16 * (n >> 1);
          const masked = (frame: number): V128 => v128.xor(v128.load(first, at + frame), mask);
          const single = (): V128 => (n % 2 === 0 ? i16x8.shrS(i16x8.shl(masked(0), 8), 8) : i16x8.shrS(masked(0), 8));
          f.set(sum, i16x8.add(sum, second === undefined ? single() : i16x8.extaddPairwiseI8x16S(masked(n % 2))));
        });
      },
      sums: (unit) => {
        const finished = (sum: V128): V128 => i16x8.add(activations === '1' ? i16x8.shl(sum, 1) : sum, start);
        f.set(even, finished(all[2 * unit]!));
        f.set(odd, finished(all[2 * unit + 1]!));
        f.set(all[2 * unit]!, v128.shuffle(even, odd, LOW));
        f.set(all[2 * unit + 1]!, v128.shuffle(even, odd, HIGH));
        return { type: 'i16', vectors: all.slice(2 * unit, 2 * unit + 2) };
      },
    };
  },
});

/** Masks and constants of ±1. */
export function packMasks(values: ArrayLike<number>, shape: DepthwiseShape, activations: DepthwiseActivations): Uint8Array<ArrayBuffer> {
  const { taps } = shape;
  const lanes = pairLanes(activations);
  return packDepthwise(shape, lanes, (view, at, channel) => {
    let negative = 0;
    for (let tap = 0; tap < taps; tap++) {
      const isNegative = values[channel * taps + tap]! < 0;
      negative += Number(isNegative);
      view.setInt8(at + lanes.startBytes + tap, isNegative ? -1 : 0);
      // A last tap on its own masks frames of even and odd numbers alike.
      if (tap === taps - 1 && taps % 2 === 1) view.setInt8(at + lanes.startBytes + tap + 1, isNegative ? -1 : 0);
    }
    view.setInt16(at, activations === '1' ? 4 * negative - taps : negative, true);
  });
}
