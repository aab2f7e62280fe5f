/** Two sums become one accumulator: the second terms weighed by their factor, in steps that 16 bits hold. */
import { type FunctionBuilder, i16x8, i32x4, type Local, v128 } from '@bitvox/wasm';
import { HIGH_PAIRS, LOW_PAIRS } from './requantizer.ts';
import type { TermTables } from './term-tables.ts';

/** How two terms are combined. */
export interface Combination {
  readonly one: number;
  readonly shift: number;
}

/**
 * `saturate16((one z1 + q z2 + 2^(shift - 1)) >> shift)` of 8 frames: pairs (one, q) meet pairs (z1, z2) in one dot product. Given matches
 * instead of `z`, the depth is taken off in the same addition that rounds.
 */
export function combination(f: FunctionBuilder, { one, shift }: Combination, counts?: TermTables) {
  const [low, high, lowBias, highBias, value] = f.locals('v128', 5) as [Local<'v128'>, Local<'v128'>, Local<'v128'>, Local<'v128'>, Local<'v128'>];
  const rounding = i32x4.constSplat(2 ** (shift - 1));
  // 2 m - depth over 2^shift is m - depth / 2 over 2^(shift - 1); what is cut off the half decides nothing, because the rest is whole.
  const halved = counts?.match === 1 ? 1 : 0;
  const bias = (pairs: Local<'v128'>) =>
    counts === undefined ? rounding : i32x4.shrS(i32x4.sub(rounding, i32x4.dotI16x8S(pairs, i16x8.constSplat(counts.depth))), halved);
  return {
    /** Takes `q` of 8 frames. */
    factors(q: Local<'v128'>): void {
      f.set(low, v128.shuffle(i16x8.constSplat(one), q, LOW_PAIRS));
      f.set(high, v128.shuffle(i16x8.constSplat(one), q, HIGH_PAIRS));
      f.set(lowBias, bias(low));
      f.set(highBias, bias(high));
    },
    combine([first, second]: readonly [Local<'v128'>, Local<'v128'>]): Local<'v128'> {
      const half = (order: readonly number[], pairs: Local<'v128'>, added: Local<'v128'>) =>
        i32x4.shrS(i32x4.add(i32x4.dotI16x8S(v128.shuffle(first, second, order), pairs), added), shift - halved);
      f.set(value, i16x8.narrowI32x4S(half(LOW_PAIRS, low, lowBias), half(HIGH_PAIRS, high, highBias)));
      return value;
    },
  };
}
