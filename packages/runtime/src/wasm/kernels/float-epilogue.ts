/**
 * Float epilogues on 4 frames at a time: affine map, activation, skip connection, activation; every operation rounded as in the reference.
 * The table has 8 bytes per channel: multiplier and offset (f32).
 */
import { f32, f32x4, type FunctionBuilder, type Local, v128 } from '@bitvox/wasm';
import type { Activation } from '../../program.ts';
import { advance, blockKernel, type Kernel, overFrames, repeat } from './kernel.ts';

/** One combination. */
export interface FloatKind {
  readonly affine: boolean;
  readonly activation: Activation['kind'];
  readonly residual: boolean;
  readonly then: Activation['kind'];
}

/** Bytes of the table per channel. */
export const FLOAT_TABLE_BYTES = 8;

function activate(f: FunctionBuilder, kind: Activation['kind'], value: Local<'v128'>, slope: Local<'v128'>): void {
  // pmax(v, 0) is "0 where v < 0": the same for -0 and not-a-number as the comparison of the reference.
  if (kind === 'relu') f.set(value, f32x4.pmax(value, v128.zero()));
  if (kind === 'prelu') f.set(value, v128.bitselect(f32x4.mul(value, slope), value, f32x4.lt(value, v128.zero())));
}

/** The kernel of a combination. `slope` and `thenSlope` are addresses of floats. */
export function floatEpilogue(kind: FloatKind): Kernel {
  const name = ['float', kind.affine ? 'affine' : 'plain', kind.activation, kind.residual ? 'add' : 'alone', kind.then].join('_');
  return blockKernel(name, ['z', 'zStride', 'channels', 'frames', 'table', 'slope', 'thenSlope', 'residual', 'residualStride', 'out', 'outStride'], (f, p) => {
    const [frame, z, residual, target] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
    const [value, multiplier, offset] = [f.local('v128'), f.local('v128'), f.local('v128')];
    const [slope, thenSlope] = [f.let(f32x4.splat(f32.load(p.slope))), f.let(f32x4.splat(f32.load(p.thenSlope)))];
    repeat(f, p.channels, () => {
      f.set(multiplier, v128.load32Splat(p.table));
      f.set(offset, v128.load32Splat(p.table, 4));
      f.set(z, p.z);
      f.set(residual, p.residual);
      f.set(target, p.out);
      overFrames(f, frame, p.frames, 4, () => {
        f.set(value, v128.load(z));
        if (kind.affine) f.set(value, f32x4.add(f32x4.mul(value, multiplier), offset));
        activate(f, kind.activation, value, slope);
        if (kind.residual) f.set(value, f32x4.add(value, v128.load(residual)));
        activate(f, kind.then, value, thenSlope);
        f.do(v128.store(target, value));
        for (const pointer of [z, residual, target]) advance(f, pointer, 16);
      });
      advance(f, p.table, FLOAT_TABLE_BYTES);
      advance(f, p.z, p.zStride);
      advance(f, p.residual, p.residualStride);
      advance(f, p.out, p.outStride);
    });
  });
}
