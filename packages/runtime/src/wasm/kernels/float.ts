/**
 * Float layers. Every sum runs through channels, then taps, one rounded product after the other, as the reference does;
 * only different frames and rows are computed side by side.
 */
import { f32x4, v128 } from '@bitvox/wasm';
import { advance, type Kernel, kernel, overFrames, pointers, repeat } from './kernel.ts';

/** Frames that are computed side by side. */
export const FLOAT_TILE = 16;

/** `z[o][t] = sum_k w[o][k] x[k * xStride + t]`, two rows by 16 frames. Weights `[row / 2][k][2]`, a missing row 0. */
export const denseF32: Kernel = kernel('dense_f32', ['x', 'xStride', 'weights', 'depth', 'rowPairs', 'z', 'zStride', 'frames'], (f, p) => {
  const [w, source, out, rows, left, frame] = pointers(f, 6);
  const sums = f.locals('v128', 8);
  const [w0, w1] = [f.local('v128'), f.local('v128')];
  overFrames(f, frame, p.frames, FLOAT_TILE, () => {
    f.set(w, p.weights);
    f.set(out, p.z);
    f.set(rows, p.rowPairs);
    repeat(f, rows, () => {
      for (const sum of sums) f.set(sum, v128.zero());
      f.set(source, p.x);
      f.set(left, p.depth);
      repeat(f, left, () => {
        f.set(w0, v128.load32Splat(w));
        f.set(w1, v128.load32Splat(w, 4));
        for (let vector = 0; vector < 4; vector++) {
          const values = f.local('v128');
          f.set(values, v128.load(source, 16 * vector));
          f.set(sums[vector]!, f32x4.add(sums[vector]!, f32x4.mul(values, w0)));
          f.set(sums[vector + 4]!, f32x4.add(sums[vector + 4]!, f32x4.mul(values, w1)));
        }
        advance(f, w, 8);
        advance(f, source, p.xStride);
      });
      for (let vector = 0; vector < 4; vector++) f.do(v128.store(out, sums[vector]!, 16 * vector));
      advance(f, out, p.zStride);
      for (let vector = 0; vector < 4; vector++) f.do(v128.store(out, sums[vector + 4]!, 16 * vector));
      advance(f, out, p.zStride);
    });
    advance(f, p.x, 64);
    advance(f, p.z, 64);
  });
});
