/**
 * Depthwise layers of bytes, time on the lanes: `z[c][t] = sum_k w[c][k] x[c * channelStep + k * tapStep + t]`.
 * Weights `[channel][kernel]` of 16 bits.
 */
import { i16x8, i32, i32x4, v128 } from '@bitvox/wasm';
import { advance, type Kernel, kernel, overFrames, pointers, repeat } from './kernel.ts';

const PARAMETERS = ['x', 'channelStep', 'tapStep', 'weights', 'channels', 'taps', 'z', 'zStride', 'frames'] as const;

/** Sums that fit in 16 bits. */
export const depthwiseI16: Kernel = kernel('depthwise_8x8_i16', PARAMETERS, (f, p) => {
  const [source, w, left, frame, out] = pointers(f, 5);
  const [low, high, weight] = [f.local('v128'), f.local('v128'), f.local('v128')];
  repeat(f, p.channels, () => {
    f.set(out, p.z);
    overFrames(f, frame, p.frames, 16, () => {
      f.set(low, v128.zero());
      f.set(high, v128.zero());
      f.set(source, i32.add(p.x, frame));
      f.set(w, p.weights);
      f.set(left, p.taps);
      repeat(f, left, () => {
        f.set(weight, v128.load16Splat(w));
        f.set(low, i16x8.add(low, i16x8.mul(v128.load8x8S(source), weight)));
        f.set(high, i16x8.add(high, i16x8.mul(v128.load8x8S(source, 8), weight)));
        advance(f, w, 2);
        advance(f, source, p.tapStep);
      });
      f.do(v128.store(out, low));
      f.do(v128.store(out, high, 16));
      advance(f, out, 32);
    });
    f.set(p.weights, w);
    advance(f, p.x, p.channelStep);
    advance(f, p.z, p.zStride);
  });
});

/** Sums in 32 bits. */
export const depthwiseI32: Kernel = kernel('depthwise_8x8_i32', PARAMETERS, (f, p) => {
  const [source, w, left, frame, out] = pointers(f, 5);
  const [low, high, weight, values] = [f.local('v128'), f.local('v128'), f.local('v128'), f.local('v128')];
  repeat(f, p.channels, () => {
    f.set(out, p.z);
    overFrames(f, frame, p.frames, 8, () => {
      f.set(low, v128.zero());
      f.set(high, v128.zero());
      f.set(source, i32.add(p.x, frame));
      f.set(w, p.weights);
      f.set(left, p.taps);
      repeat(f, left, () => {
        f.set(weight, v128.load16Splat(w));
        f.set(values, v128.load8x8S(source));
        f.set(low, i32x4.add(low, i32x4.extmulLowI16x8S(values, weight)));
        f.set(high, i32x4.add(high, i32x4.extmulHighI16x8S(values, weight)));
        advance(f, w, 2);
        advance(f, source, p.tapStep);
      });
      f.do(v128.store(out, low));
      f.do(v128.store(out, high, 16));
      advance(f, out, 32);
    });
    f.set(p.weights, w);
    advance(f, p.x, p.channelStep);
    advance(f, p.z, p.zStride);
  });
});
