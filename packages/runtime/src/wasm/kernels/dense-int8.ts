/**
 * Dense layers of bytes: `z[o][t] = sum_k w[o][k] x[k][t]` in 32 bits, pairs of `k` multiplied by one `i32x4.dot_i16x8_s`.
 *
 * The panel holds the window rows widened to 16 bits, in tiles of 16 frames: `[tile][k / 2][frame][2]`.
 * Weights: `[row / 2][k / 2][2 rows][2]` of 16 bits, missing rows and columns 0.
 */
import { i16x8, i32, i32x4, type V128, v128 } from '@bitvox/wasm';
import { advance, type Kernel, kernel, pointers, repeat } from './kernel.ts';

/** Frames of one tile. */
export const TILE = 16;

const LOW = [0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23];
const HIGH = [8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31];

/** Fills the panel from rows at `x + table[k]`, one frame every `step` bytes; `pairs` pairs of table entries. */
export const pairPanel: Kernel = kernel('pair_panel', ['x', 'table', 'pairs', 'tiles', 'step', 'panel'], (f, p) => {
  const [entry, left, first, second, frames] = pointers(f, 5);
  const [a, b] = [f.local('v128'), f.local('v128')];
  repeat(f, p.tiles, () => {
    f.set(entry, p.table);
    f.set(left, p.pairs);
    repeat(f, left, () => {
      f.set(first, i32.add(p.x, i32.load(entry)));
      f.set(second, i32.add(p.x, i32.load(entry, 4)));
      f.if(
        i32.eq(p.step, 1),
        () => {
          f.set(a, v128.load(first));
          f.set(b, v128.load(second));
          const interleave = (x: V128, y: V128, at: number): void => {
            f.do(v128.store(p.panel, v128.shuffle(x, y, LOW), at));
            f.do(v128.store(p.panel, v128.shuffle(x, y, HIGH), at + 16));
          };
          interleave(i16x8.extendLowI8x16S(a), i16x8.extendLowI8x16S(b), 0);
          interleave(i16x8.extendHighI8x16S(a), i16x8.extendHighI8x16S(b), 32);
          advance(f, p.panel, 64);
        },
        () => {
          f.set(frames, TILE);
          repeat(f, frames, () => {
            f.do(i32.store16(p.panel, i32.load8S(first)));
            f.do(i32.store16(p.panel, i32.load8S(second), 2));
            advance(f, first, p.step);
            advance(f, second, p.step);
            advance(f, p.panel, 4);
          });
        },
      );
      advance(f, entry, 8);
    });
    f.set(p.x, i32.add(p.x, i32.mul(p.step, TILE)));
  });
});

/** Two rows by 16 frames at a time; `rowPairs` pairs of rows. */
export const denseInt8: Kernel = kernel('dense_8x8_i32', ['panel', 'weights', 'z', 'pairs', 'rowPairs', 'zStride', 'tiles'], (f, p) => {
  const [w, x, out, rows, left] = pointers(f, 5);
  const sums = f.locals('v128', 8);
  const [w0, w1] = [f.local('v128'), f.local('v128')];
  repeat(f, p.tiles, () => {
    f.set(w, p.weights);
    f.set(out, p.z);
    f.set(rows, p.rowPairs);
    repeat(f, rows, () => {
      for (const sum of sums) f.set(sum, v128.zero());
      f.set(x, p.panel);
      f.set(left, p.pairs);
      repeat(f, left, () => {
        f.set(w0, v128.load32Splat(w));
        f.set(w1, v128.load32Splat(w, 4));
        for (let vector = 0; vector < 4; vector++) {
          const values = f.local('v128');
          f.set(values, v128.load(x, 16 * vector));
          f.set(sums[vector]!, i32x4.add(sums[vector]!, i32x4.dotI16x8S(values, w0)));
          f.set(sums[vector + 4]!, i32x4.add(sums[vector + 4]!, i32x4.dotI16x8S(values, w1)));
        }
        advance(f, w, 8);
        advance(f, x, 64);
      });
      for (let vector = 0; vector < 4; vector++) f.do(v128.store(out, sums[vector]!, 16 * vector));
      advance(f, out, p.zStride);
      for (let vector = 0; vector < 4; vector++) f.do(v128.store(out, sums[vector + 4]!, 16 * vector));
      advance(f, out, p.zStride);
    });
    f.set(p.panel, x);
    advance(f, p.z, 4 * TILE);
  });
});

/** Rows and taps that are multiplied side by side in a single frame. */
export const FRAME_ROWS = 4;
export const FRAME_TAPS = 8;

/**
 * One frame, whose taps lie side by side in every row of the input: `z[o] = sum_{c,k} w[o][c][k] x[c * xStride + k]`.
 * Weights `[row / 4][channel][tap / 8][4 rows][8 taps]` of 8 bits, what is missing 0; sums of row o at `z + o * zStride`.
 */
export const denseFrameInt8: Kernel = kernel('dense_frame_8x8_i32', ['x', 'xStride', 'channels', 'chunks', 'weights', 'rowQuads', 'z', 'zStride'], (f, p) => {
  const [row, source, channels, chunks] = pointers(f, 4);
  const sums = f.locals('v128', FRAME_ROWS);
  const x = f.local('v128');
  repeat(f, p.rowQuads, () => {
    for (const sum of sums) f.set(sum, v128.zero());
    f.set(row, p.x);
    f.set(channels, p.channels);
    repeat(f, channels, () => {
      f.set(source, row);
      f.set(chunks, p.chunks);
      repeat(f, chunks, () => {
        f.set(x, v128.load8x8S(source));
        sums.forEach((sum, at) => f.set(sum, i32x4.add(sum, i32x4.dotI16x8S(x, v128.load8x8S(p.weights, FRAME_TAPS * at)))));
        advance(f, source, FRAME_TAPS);
        advance(f, p.weights, FRAME_TAPS * FRAME_ROWS);
      });
      advance(f, row, p.xStride);
    });
    for (const sum of sums) {
      const lanes = [0, 1, 2, 3].map((lane) => i32x4.extractLane(sum, lane));
      f.do(
        i32.store(
          p.z,
          lanes.reduce((total, lane) => i32.add(total, lane)),
        ),
      );
      advance(f, p.z, p.zStride);
    }
  });
});
