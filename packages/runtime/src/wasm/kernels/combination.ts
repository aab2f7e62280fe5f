/** Two sums become one accumulator: the second terms weighed by their factor, in steps that 16 bits hold. */
import { type FunctionBuilder, i16x8, i32x4, type Local, type V128, v128 } from '@bitvox/wasm';
import type { AccumulatorLanes } from './requantizer.ts';

/** How two terms are combined. */
export interface Combination {
  readonly one: number;
  readonly shift: number;
}

/** Shuffles of pairs (a, b) of 16 bits, of the low and of the high halves. */
const PAIRS = [0, 8].map((from) => [0, 2, 4, 6].flatMap((at) => [at, at + 1, at + 16, at + 17].map((byte) => byte + from)));

/**
 * `(one z1 + q z2) >> shift` of 8 frames: pairs (one, q) meet pairs (z1, z2) in one dot product.
 * @param halved whether the sums that come are half of `z`
 */
export function combination(f: FunctionBuilder, { one, shift }: Combination, halved = false) {
  const factors = f.locals('v128', 2);
  const doubled = halved ? 1 : 0;
  const shifted = (sum: V128): V128 => (shift >= doubled ? i32x4.shrS(sum, shift - doubled) : i32x4.shl(sum, doubled - shift));
  return {
    /** Takes `q` of 8 frames. */
    factors(q: Local<'v128'>): void {
      factors.forEach((pairs, half) => f.set(pairs, v128.shuffle(i16x8.constSplat(one), q, PAIRS[half]!)));
    },
    /** Takes a `q` that all frames share, as pairs (one, q). */
    pairs(shared: Local<'v128'>): void {
      for (const pairs of factors) f.set(pairs, shared);
    },
    combine([first, second]: readonly [Local<'v128'>, Local<'v128'>]): AccumulatorLanes {
      const word = (half: 0 | 1): V128 => shifted(i32x4.dotI16x8S(v128.shuffle(first, second, PAIRS[half]!), factors[half]!));
      return { sixteen: () => i16x8.narrowI32x4S(word(0), word(1)), word };
    },
  };
}
