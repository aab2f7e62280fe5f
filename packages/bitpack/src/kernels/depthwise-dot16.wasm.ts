/**
 * Depthwise by 16-bit dot products: two taps of sixteen frames are interleaved as bytes, widened, and multiplied by the pair of
 * their weights, sums in 32 bits. Weights of a channel: the sum to begin with (i32), then pairs of 16 bits, a missing one 0.
 * Bits are 2b − 1: twice the weight, and −Σw to begin with.
 */
import { i16x8, i32x4, v128, type V128 } from '@bitvox/wasm';
import type { DepthwiseActivations, DepthwiseShape } from './depthwise.ts';
import { type DepthwiseLanes, packDepthwise } from './depthwise.wasm.ts';

const LOW = [0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23];
const HIGH = LOW.map((byte) => byte + 8);

export const dot16Lanes: DepthwiseLanes = {
  accumulator: 'i32',
  elementBytes: 1,
  startBytes: 4,
  turnTaps: 2,
  turnBytes: 4,
  units: 2,
  emit: (f) => {
    const [all, pair] = [f.locals('v128', 8), f.local('v128')];
    const [a, b, mixed] = [f.local('v128'), f.local('v128'), f.local('v128')];
    return {
      begin: (units, weights) => all.slice(0, 4 * units).forEach((sum) => f.set(sum, v128.load32Splat(weights))),
      turn: (units, weights, first, second) => {
        f.set(pair, v128.load32Splat(weights));
        for (let unit = 0; unit < units; unit++) {
          f.set(a, v128.load(first, 16 * unit));
          f.set(b, second === undefined ? v128.zero() : v128.load(second, 16 * unit));
          [LOW, HIGH].forEach((bytes, half) => {
            f.set(mixed, v128.shuffle(a, b, bytes));
            const add = (n: number, wide: V128): void => {
              const sum = all[4 * unit + 2 * half + n]!;
              f.set(sum, i32x4.add(sum, i32x4.dotI16x8S(wide, pair)));
            };
            add(0, i16x8.extendLowI8x16S(mixed));
            add(1, i16x8.extendHighI8x16S(mixed));
          });
        }
      },
      sums: (unit) => ({ type: 'i32', vectors: all.slice(4 * unit, 4 * unit + 4) }),
    };
  },
};

/** Integers as 16-bit weights, before those of a channel the sum to begin with, in `startBytes`. */
export function packTaps(values: ArrayLike<number>, shape: DepthwiseShape, activations: DepthwiseActivations, lanes: DepthwiseLanes): Uint8Array<ArrayBuffer> {
  const { taps } = shape;
  const factor = activations === '1' ? 2 : 1;
  return packDepthwise(shape, lanes, (view, at, channel) => {
    let total = 0;
    for (let tap = 0; tap < taps; tap++) {
      const value = values[channel * taps + tap]!;
      total += value;
      view.setInt16(at + lanes.startBytes + 2 * tap, factor * value, true);
    }
    const start = activations === '1' ? -total : 0;
    if (lanes.startBytes === 4) view.setInt32(at, start, true);
    else view.setInt16(at, start, true);
  });
}
