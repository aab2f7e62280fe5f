/** Sums over a window of consecutive frames: integers in 32 bits, floats divided by the window. Four frames at a time. */
import { f32x4, i16x8, i32, i32x4, type V128, v128, type Expr, f32 } from '@bitvox/wasm';
import { advance, type Kernel, kernel, overFrames, pointers, repeat } from './kernel.ts';

interface PoolKind {
  readonly name: string;
  readonly shift: 0 | 1 | 2;
  load(address: Expr<'i32'>): V128;
  add(a: V128, b: V128): V128;
  finish(sum: V128, window: Expr<'i32'>): V128;
}

function pool({ name, shift, load, add, finish }: PoolKind): Kernel {
  return kernel(name, ['x', 'xStride', 'channels', 'window', 'z', 'zStride', 'frames'], (f, p) => {
    const [source, left, frame, out] = pointers(f, 4);
    const sum = f.local('v128');
    repeat(f, p.channels, () => {
      f.set(out, p.z);
      overFrames(f, frame, p.frames, 4, () => {
        f.set(sum, v128.zero());
        f.set(source, i32.add(p.x, i32.shl(frame, shift)));
        f.set(left, p.window);
        repeat(f, left, () => {
          f.set(sum, add(sum, load(source)));
          advance(f, source, 1 << shift);
        });
        f.do(v128.store(out, finish(sum, p.window)));
        advance(f, out, 16);
      });
      advance(f, p.x, p.xStride);
      advance(f, p.z, p.zStride);
    });
  });
}

const whole = (sum: V128): V128 => sum;

export const poolI8: Kernel = pool({
  name: 'pool_i8',
  shift: 0,
  load: (address) => i32x4.extendLowI16x8S(i16x8.extendLowI8x16S(v128.load32Zero(address))),
  add: i32x4.add,
  finish: whole,
});
export const poolI16: Kernel = pool({ name: 'pool_i16', shift: 1, load: (address) => v128.load16x4S(address), add: i32x4.add, finish: whole });
export const poolF32: Kernel = pool({
  name: 'pool_f32',
  shift: 2,
  load: (address) => v128.load(address),
  add: f32x4.add,
  finish: (sum, window) => f32x4.div(sum, f32x4.splat(f32.convertI32S(window))),
});
