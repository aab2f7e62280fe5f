/**
 * Stages of float epilogues, four frames at a time. Invariant: every operation rounds to f32 once, as in `epilogue.ts`; nothing is fused.
 */
import { f32x4, type FunctionBuilder, type Local, v128, type V128 } from '@bitvox/wasm';
import type { Activation, FloatEpilogue } from './epilogue.ts';
import { lanes32, type Stage } from './epilogue-integers.wasm.ts';
import type { Accumulators } from './row-store.wasm.ts';

/** Accumulators → f32 values `n` of four. */
type Map = (z: Accumulators, n: number) => V128;

const floats = (z: Accumulators, n: number): V128 => (z.type === 'f32' ? z.vectors[n]! : f32x4.convertI32x4S(lanes32(z, n)));

/** The stage of the affine map; without one, values are accumulators. */
export function affineStage(affine: FloatEpilogue['affine']): Stage<Map> {
  if (affine === null) return { bytes: 0, write: () => undefined, emit: () => ({ load: () => undefined, apply: floats }) };
  return {
    bytes: 8,
    write: (view, at, channel) => {
      view.setFloat32(at, affine.multipliers[channel]!, true);
      view.setFloat32(at + 4, affine.offsets[channel]!, true);
    },
    emit: (f) => {
      const [multiplier, offset] = [f.local('v128'), f.local('v128')];
      return {
        load: (constants, at) => {
          f.set(multiplier, v128.load32Splat(constants, at));
          f.set(offset, v128.load32Splat(constants, at + 4));
        },
        apply: (z, n) => f32x4.add(f32x4.mul(floats(z, n), multiplier), offset),
      };
    },
  };
}

/** The stage of an activation on floats. */
export function floatActivationStage(activation: Activation): Stage<(value: Local<'v128'>) => void> {
  // pmax(v, 0) is "0 where v < 0": the same for −0 and not-a-number as the comparison of the reference.
  const rectify = (f: FunctionBuilder) => (value: Local<'v128'>) => f.set(value, f32x4.pmax(value, v128.zero()));
  if (activation.kind !== 'prelu') {
    return { bytes: 0, write: () => undefined, emit: (f) => ({ load: () => undefined, apply: activation.kind === 'relu' ? rectify(f) : () => undefined }) };
  }
  return {
    bytes: 4,
    write: (view, at, channel) => view.setFloat32(at, activation.slopes[channel]!, true),
    emit: (f) => {
      const slope = f.local('v128');
      return {
        load: (constants, at) => f.set(slope, v128.load32Splat(constants, at)),
        apply: (value) => f.set(value, v128.bitselect(f32x4.mul(value, slope), value, f32x4.lt(value, v128.zero()))),
      };
    },
  };
}
