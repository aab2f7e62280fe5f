/**
 * Depthwise layers of bytes, time on the lanes: `z[c][t] = sum_k w[c][k] x[c * channelStep + k * tapStep + t]`.
 * Weights `[channel][kernel]` of 16 bits.
 */
import { type FunctionBuilder, i16x8, i32, i32x4, type Local, v128 } from '@bitvox/wasm';
import { advance, type Kernel, kernel, overFrames, pointers, repeat } from './kernel.ts';

const PARAMETERS = ['x', 'channelStep', 'tapStep', 'weights', 'channels', 'taps', 'z', 'zStride', 'frames'] as const;

/** What tells the widths apart: frames of one turn, and one tap of weight `weight` added to the sums of these frames at `source`. */
interface Width {
  readonly frames: number;
  readonly accumulate: (f: FunctionBuilder, source: Local<'i32'>, weight: Local<'v128'>, low: Local<'v128'>, high: Local<'v128'>) => void;
}

const depthwise = (name: string, width: Width): Kernel =>
  kernel(name, PARAMETERS, (f, p) => {
    const [source, w, left, frame, out] = pointers(f, 5);
    const [low, high, weight] = [f.local('v128'), f.local('v128'), f.local('v128')];
    repeat(f, p.channels, () => {
      f.set(out, p.z);
      overFrames(f, frame, p.frames, width.frames, () => {
        f.set(low, v128.zero());
        f.set(high, v128.zero());
        f.set(source, i32.add(p.x, frame));
        f.set(w, p.weights);
        f.set(left, p.taps);
        repeat(f, left, () => {
          f.set(weight, v128.load16Splat(w));
          width.accumulate(f, source, weight, low, high);
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

/** Sums that fit in 16 bits. */
export const depthwiseI16: Kernel = depthwise('depthwise_8x8_i16', {
  frames: 16,
  accumulate: (f, source, weight, low, high) => {
    f.set(low, i16x8.add(low, i16x8.mul(v128.load8x8S(source), weight)));
    f.set(high, i16x8.add(high, i16x8.mul(v128.load8x8S(source, 8), weight)));
  },
});

/** Sums in 32 bits. */
export const depthwiseI32: Kernel = depthwise('depthwise_8x8_i32', {
  frames: 8,
  accumulate: (f, source, weight, low, high) => {
    const values = f.let(v128.load8x8S(source));
    f.set(low, i32x4.add(low, i32x4.extmulLowI16x8S(values, weight)));
    f.set(high, i32x4.add(high, i32x4.extmulHighI16x8S(values, weight)));
  },
});
