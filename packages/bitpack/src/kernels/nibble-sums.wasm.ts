/**
 * Sums of 4-bit lanes. A vector p = Σ of a few table entries, no nibble of it above 15, is added to two byte sums,
 *
 *     all += p,   high += p >> 4 in 16-bit lanes,   both modulo 256,
 *
 * where the shift lets the low nibble of an odd byte fall into the even byte before it. That is cheaper than masking it
 * in every step, and comes out again at the end: of an odd byte, high is exact, hence also low = all − 16·high; of an even
 * byte, high is what is there minus 16 times the low sum of the odd byte after it.
 * Invariant: exact while every sum of low or high nibbles is at most 255.
 */
import { type FunctionBuilder, i16x8, i8x16, type Local, v128, type V128 } from '@bitvox/wasm';

/** The sums of some vectors, two locals each. */
export interface NibbleSums {
  /** Emits: all sums to zero. */
  readonly clear: () => void;
  /** Emits: a vector of nibbles to the sums of vector `r`. */
  readonly add: (r: number, nibbles: V128) => void;
  /** Emits the split of vector `r`: low and high sums, a byte each. The sums are lost. */
  readonly split: (r: number) => { readonly low: Local<'v128'>; readonly high: Local<'v128'> };
}

/** Sums of `vectors` vectors. */
export function nibbleSums(run: Pick<FunctionBuilder, 'local' | 'locals' | 'set'>, vectors: number): NibbleSums {
  const [all, high] = [run.locals('v128', vectors), run.locals('v128', vectors)];
  const nibbles = run.local('v128');
  const withoutHigh = (r: number): V128 => i8x16.sub(all[r]!, v128.and(i16x8.shl(high[r]!, 4), i8x16.constSplat(-16)));
  return {
    clear: () => [...all, ...high].forEach((sum) => run.set(sum, v128.zero())),
    add: (r, value) => {
      run.set(nibbles, value);
      run.set(all[r]!, i8x16.add(all[r]!, nibbles));
      run.set(high[r]!, i8x16.add(high[r]!, i16x8.shrU(nibbles, 4)));
    },
    split: (r) => {
      run.set(high[r]!, i8x16.sub(high[r]!, v128.and(i16x8.shrU(withoutHigh(r), 4), i16x8.constSplat(0x00f0))));
      run.set(all[r]!, withoutHigh(r));
      return { low: all[r]!, high: high[r]! };
    },
  };
}
