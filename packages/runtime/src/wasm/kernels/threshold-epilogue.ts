/**
 * Threshold epilogues: bits straight from accumulators, 16 frames at a time where these have 16 bits, else 8.
 *
 * The table has 8 bytes per channel: `limit` and `flip` (i32); an element is -1 where `(z ^ flip) < limit`. With direction +1
 * `flip` is 0 and `limit` the threshold; with -1 `flip` is -1, and since `~z = -z - 1` the limit is one less.
 */
import { i16x8, i32x4, i8x16, type Local, type V128, v128 } from '@bitvox/wasm';
import type { ThresholdEpilogue } from '../../program.ts';
import { advance, blockKernel, type Kernel, overFrames, repeat } from './kernel.ts';
import type { AccumulatorSource } from './value-epilogue.ts';
import { signBytes } from './value-lanes.ts';

/** One combination. `wide`: compare in 32 bits, for stored 16-bit values, which use all of their range. */
export interface ThresholdKind {
  readonly source: AccumulatorSource;
  readonly wide: boolean;
  readonly outputs: readonly ('sign' | 'bit')[];
}

/** Bytes of the table per channel. */
export const THRESHOLD_TABLE_BYTES = 8;

/** Limit and flip of every channel. */
export function thresholdTable({ thresholds, directions }: ThresholdEpilogue, wide: boolean): Int32Array {
  const table = new Int32Array(2 * thresholds.length);
  thresholds.forEach((threshold, channel) => {
    const limit = directions[channel] === 1 ? threshold : threshold - 1;
    table[2 * channel] = wide ? limit : Math.max(-32_768, Math.min(32_767, limit));
    table[2 * channel + 1] = directions[channel] === 1 ? 0 : -1;
  });
  return table;
}

const BYTES = { i8: 1, i16: 2, i32: 4 } as const;

/** The kernel of a combination. */
export function thresholdEpilogue({ source, wide, outputs }: ThresholdKind): Kernel {
  const parameters: readonly string[] = ['z', 'zStride', 'channels', 'frames', 'table', ...outputs.flatMap((_, index) => [`out${index}`, `stride${index}`])];
  return blockKernel(['threshold', source, wide ? 'wide' : 'narrow', ...outputs].join('_'), parameters, (f, p) => {
    const [frame, z] = [f.local('i32'), f.local('i32')];
    const targets = f.locals('i32', outputs.length);
    const [limit, flip, negative] = [f.local('v128'), f.local('v128'), f.local('v128')];
    const step = wide ? 8 : 16;
    const load16 = (at: 0 | 1): V128 => (source === 'i8' ? v128.load8x8S(z, 8 * at) : v128.load(z, 16 * at));
    const load32 = (at: 0 | 1): V128 => (source === 'i32' ? v128.load(z, 16 * at) : v128.load16x4S(z, 8 * at));
    const below16 = (at: 0 | 1): V128 => i16x8.gtS(limit, v128.xor(load16(at), flip));
    const below32 = (at: 0 | 1): V128 => i32x4.gtS(limit, v128.xor(load32(at), flip));
    const store = (target: Local<'i32'>, format: 'sign' | 'bit'): void => {
      const bytes = signBytes(negative, format);
      f.do(wide ? v128.store64Lane(target, bytes, 0) : v128.store(target, bytes));
    };
    repeat(f, p['channels']!, () => {
      f.set(limit, wide ? v128.load32Splat(p['table']!) : v128.load16Splat(p['table']!));
      f.set(flip, v128.load32Splat(p['table']!, 4));
      f.set(z, p['z']!);
      targets.forEach((target, index) => f.set(target, p[`out${index}`]!));
      overFrames(f, frame, p['frames']!, step, () => {
        if (wide) {
          const words = i16x8.narrowI32x4S(below32(0), below32(1));
          f.set(negative, i8x16.narrowI16x8S(words, v128.zero()));
        } else {
          f.set(negative, i8x16.narrowI16x8S(below16(0), below16(1)));
        }
        outputs.forEach((format, index) => {
          store(targets[index]!, format);
          advance(f, targets[index]!, step);
        });
        advance(f, z, step * BYTES[source]);
      });
      advance(f, p['table']!, THRESHOLD_TABLE_BYTES);
      advance(f, p['z']!, p['zStride']!);
      outputs.forEach((_, index) => advance(f, p[`out${index}`]!, p[`stride${index}`]!));
    });
  });
}
