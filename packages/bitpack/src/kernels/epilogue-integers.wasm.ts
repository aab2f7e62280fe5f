/**
 * Stages of integer epilogues, eight frames at a time: what a stage keeps per channel in memory, how it is loaded, what it does.
 * Invariant: the arithmetic is that of `epilogue.ts`, bit for bit.
 */
import { type FunctionBuilder, i16x8, i32, i32x4, i64, i64x2, type Local, v128, type V128 } from '@bitvox/wasm';
import type { Accumulators } from './row-store.wasm.ts';
import type { Activation, Comparison, ExactRequantization, Q15Requantization, Requantization } from './epilogue.ts';

/** Part `n` of two as 16-bit lanes, saturated. */
export function lanes16({ type, vectors }: Accumulators, n: number): V128 {
  return type === 'i16' ? vectors[n]! : i16x8.narrowI32x4S(vectors[2 * n]!, vectors[2 * n + 1]!);
}

/** Part `n` of four as 32-bit lanes. */
export function lanes32({ type, vectors }: Accumulators, n: number): V128 {
  if (type !== 'i16') return vectors[n]!;
  return n % 2 === 0 ? i32x4.extendLowI16x8S(vectors[n >> 1]!) : i32x4.extendHighI16x8S(vectors[n >> 1]!);
}

/** A step of an epilogue with constants of its own per channel. */
export interface Stage<Apply> {
  /** Bytes per channel. */
  readonly bytes: number;
  readonly write: (view: DataView, at: number, channel: number) => void;
  /** Declares what the stage needs; `load` emits the reading of a channel's constants, `apply` the step. */
  readonly emit: (f: FunctionBuilder) => { readonly load: (constants: Local<'i32'>, at: number) => void; readonly apply: Apply };
}

/** Accumulators → 16-bit values `n` of two, saturated. */
type Requantize = (z: Accumulators, n: number) => V128;

const exactWrite =
  ({ arithmetic, multipliers, shifts, offsets }: ExactRequantization) =>
  (view: DataView, at: number, channel: number): void => {
    // Pairs (multiplier, 0) of 16 bits for narrow products.
    view.setInt32(at, arithmetic === 'narrow' ? multipliers[channel]! & 0xffff : multipliers[channel]!, true);
    view.setInt32(at + 4, shifts[channel]!, true);
    view.setBigInt64(at + 8, BigInt(offsets[channel]!), true);
  };

const LOW_PAIRS = [0, 1, 0, 1, 2, 3, 2, 3, 4, 5, 4, 5, 6, 7, 6, 7];
const HIGH_PAIRS = LOW_PAIRS.map((byte) => byte + 8);

const narrow = (requantization: ExactRequantization): Stage<Requantize> => ({
  bytes: 16,
  write: exactWrite(requantization),
  emit: (f) => {
    const [multiplier, offset, values, shift] = [f.local('v128'), f.local('v128'), f.local('v128'), f.local('i32')];
    return {
      load: (constants, at) => {
        f.set(multiplier, v128.load32Splat(constants, at));
        f.set(shift, i32.load(constants, at + 4));
        f.set(offset, v128.load32Splat(constants, at + 8));
      },
      apply: (z, n) => {
        f.set(values, lanes16(z, n));
        // One instruction where an extended product takes three.
        const half = (pairs: readonly number[]): V128 => i32x4.shrS(i32x4.add(i32x4.dotI16x8S(v128.shuffle(values, values, pairs), multiplier), offset), shift);
        return i16x8.narrowI32x4S(half(LOW_PAIRS), half(HIGH_PAIRS));
      },
    };
  },
});

const LOW_WORDS = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27];

/** In 64 bits. The result fits 32 and the shift is below 32, so a logical shift has the right low half. */
const wide = (requantization: ExactRequantization): Stage<Requantize> => ({
  bytes: 16,
  write: exactWrite(requantization),
  emit: (f) => {
    const [multiplier, offset, shift] = [f.local('v128'), f.local('v128'), f.local('i32')];
    const parts = f.locals('v128', 2);
    return {
      load: (constants, at) => {
        f.set(multiplier, v128.load32Splat(constants, at));
        f.set(shift, i32.load(constants, at + 4));
        f.set(offset, i64x2.splat(i64.load(constants, at + 8)));
      },
      apply: (z, n) => {
        const half = (product: V128): V128 => i64x2.shrU(i64x2.add(product, offset), shift);
        parts.forEach((part, at) => {
          f.set(part, lanes32(z, 2 * n + at));
          f.set(part, v128.shuffle(half(i64x2.extmulLowI32x4S(part, multiplier)), half(i64x2.extmulHighI32x4S(part, multiplier)), LOW_WORDS));
        });
        return i16x8.narrowI32x4S(parts[0]!, parts[1]!);
      },
    };
  },
});

const q15 = ({ scale, multipliers, offsets }: Q15Requantization): Stage<Requantize> => ({
  bytes: 4,
  write: (view, at, channel) => {
    view.setInt16(at, multipliers[channel]!, true);
    view.setInt16(at + 2, offsets[channel]!, true);
  },
  emit: (f) => {
    const [multiplier, offset] = [f.local('v128'), f.local('v128')];
    const scaled = (z: Accumulators, n: number): V128 => {
      if (scale >= 0) return scale === 0 ? lanes16(z, n) : i16x8.shl(lanes16(z, n), scale);
      if (z.type === 'i16') return i16x8.shrS(lanes16(z, n), -scale);
      return i16x8.narrowI32x4S(i32x4.shrS(z.vectors[2 * n]!, -scale), i32x4.shrS(z.vectors[2 * n + 1]!, -scale));
    };
    return {
      load: (constants, at) => {
        f.set(multiplier, v128.load16Splat(constants, at));
        f.set(offset, v128.load16Splat(constants, at + 2));
      },
      apply: (z, n) => i16x8.addSatS(i16x8.q15mulrSatS(scaled(z, n), multiplier), offset),
    };
  },
});

/** The stage of a requantisation; without one, values are accumulators saturated to 16 bits. */
export function requantizeStage(requantization: Requantization | null): Stage<Requantize> {
  if (requantization === null) return { bytes: 0, write: () => undefined, emit: () => ({ load: () => undefined, apply: lanes16 }) };
  if (requantization.arithmetic === 'q15') return q15(requantization);
  return requantization.arithmetic === 'narrow' ? narrow(requantization) : wide(requantization);
}

/** Changes values in place. */
type Activate = (value: Local<'v128'>) => void;

/** Slopes below 1 take one rounding multiplication in Q15. */
export const isSteep = (activation: Activation): boolean => activation.kind === 'prelu' && activation.slopes.some((slope) => Math.abs(slope) >= 2 ** 14);

/** The stage of an activation on 16-bit values. */
export function activationStage(activation: Activation): Stage<Activate> {
  if (activation.kind !== 'prelu') {
    const apply = (f: FunctionBuilder): Activate => (activation.kind === 'relu' ? (value) => f.set(value, i16x8.maxS(value, v128.zero())) : () => undefined);
    return { bytes: 0, write: () => undefined, emit: (f) => ({ load: () => undefined, apply: apply(f) }) };
  }
  const steep = isSteep(activation);
  return {
    bytes: 4,
    write: (view, at, channel) => view.setInt16(at, activation.slopes[channel]! * (steep ? 1 : 2), true),
    emit: (f) => {
      const slope = f.local('v128');
      const half = (product: V128): V128 => i32x4.shrS(i32x4.add(product, i32x4.constSplat(2 ** 13)), 14);
      const scaled = (value: V128): V128 =>
        steep ? i16x8.narrowI32x4S(half(i32x4.extmulLowI16x8S(value, slope)), half(i32x4.extmulHighI16x8S(value, slope))) : i16x8.q15mulrSatS(value, slope);
      return {
        load: (constants, at) => f.set(slope, v128.load16Splat(constants, at)),
        apply: (value) => f.set(value, v128.bitselect(scaled(value), value, i16x8.shrS(value, 15))),
      };
    },
  };
}

/** Mask of values whose bit is −1. */
type Negative = (value: V128) => V128;

/** The stage of a comparison; without one, the sign decides. */
export function comparisonStage(comparison: Comparison | undefined): Stage<Negative> {
  if (comparison === undefined) return { bytes: 0, write: () => undefined, emit: () => ({ load: () => undefined, apply: (value) => i16x8.shrS(value, 15) }) };
  return {
    bytes: 4,
    write: (view, at, channel) => {
      view.setInt16(at, comparison.limits[channel]!, true);
      view.setInt16(at + 2, comparison.flips[channel]!, true);
    },
    emit: (f) => {
      const [limit, flip] = [f.local('v128'), f.local('v128')];
      return {
        load: (constants, at) => {
          f.set(limit, v128.load16Splat(constants, at));
          f.set(flip, v128.load16Splat(constants, at + 2));
        },
        apply: (value) => i16x8.gtS(limit, v128.xor(value, flip)),
      };
    },
  };
}
