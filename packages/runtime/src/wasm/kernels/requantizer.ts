/** `floor((z M + O) / 2^s)` of 8 accumulators, in 32-bit or in 64-bit arithmetic, saturated to 16 bits. Constants of a channel lie in a table of 16 bytes. */
import { type FunctionBuilder, i16x8, i32, i32x4, i64, i64x2, type Local, v128, type V128 } from '@bitvox/wasm';

/** Eight accumulators: as 16-bit lanes, saturated, or four of them as 32-bit lanes. */
export interface AccumulatorLanes {
  sixteen(): V128;
  word(half: 0 | 1): V128;
}

/** A value of 16 bits as a source. */
export const sixteenBit = (value: Local<'v128'>): AccumulatorLanes => ({
  sixteen: () => value,
  word: (half) => (half === 0 ? i32x4.extendLowI16x8S(value) : i32x4.extendHighI16x8S(value)),
});

/** `floor((z M + O) / 2^s)` of 8 accumulators. */
interface Requantizer {
  /** Loads the constants of a channel. */
  channel(table: Local<'i32'>): void;
  value(source: AccumulatorLanes): V128;
}

const NO_REQUANTIZER: Requantizer = { channel: () => undefined, value: (source) => source.sixteen() };

/** 32-bit arithmetic. */
function narrowRequantizer(f: FunctionBuilder, uniform: number | null): Requantizer {
  const [multiplier, offset] = [f.local('v128'), f.local('v128')];
  const shift = f.local('i32');
  return {
    channel(table) {
      f.set(multiplier, v128.load32Splat(table));
      if (uniform === null) f.set(shift, i32.load(table, 4));
      f.set(offset, v128.load32Splat(table, 8));
    },
    value(source) {
      // Accumulators fit 16 bits, multipliers lie below 16 bits of zeros: a dot product is a multiplication in fewer instructions.
      const half = (at: 0 | 1): V128 => i32x4.shrS(i32x4.add(i32x4.dotI16x8S(source.word(at), multiplier), offset), uniform ?? shift);
      return i16x8.narrowI32x4S(half(0), half(1));
    },
  };
}

const LOW_WORDS = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27];

/** 64-bit arithmetic. The result fits 32 bits and the shift is below 32, so a logical shift has the right low half. */
function wideRequantizer(f: FunctionBuilder, uniform: number | null): Requantizer {
  const [multiplier, offset, low, high] = [f.local('v128'), f.local('v128'), f.local('v128'), f.local('v128')];
  const shift = f.local('i32');
  return {
    channel(table) {
      f.set(multiplier, v128.load32Splat(table));
      if (uniform === null) f.set(shift, i32.load(table, 4));
      f.set(offset, i64x2.splat(i64.load(table, 8)));
    },
    value(source) {
      f.set(low, source.word(0));
      f.set(high, source.word(1));
      const half = (product: V128): V128 => i64x2.shrU(i64x2.add(product, offset), uniform ?? shift);
      const four = (z32: V128): V128 => v128.shuffle(half(i64x2.extmulLowI32x4S(z32, multiplier)), half(i64x2.extmulHighI32x4S(z32, multiplier)), LOW_WORDS);
      return i16x8.narrowI32x4S(four(low), four(high));
    },
  };
}

/** The arithmetics by name; a shift that all channels share is part of the code. */
export const REQUANTIZER = { none: () => NO_REQUANTIZER, narrow: narrowRequantizer, wide: wideRequantizer } as const;
