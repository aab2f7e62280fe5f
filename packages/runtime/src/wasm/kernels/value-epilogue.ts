/** Value epilogues over accumulators in memory, 8 frames at a time. One kernel per combination that a program uses; the combination is its name. */
import { i16x8, i32x4, type Local, v128 } from '@bitvox/wasm';
import { advance, blockKernel, type Kernel, overFrames, repeat } from './kernel.ts';
import type { AccumulatorLanes } from './requantizer.ts';
import { type LanesKind, lanesName, lanesParameters, valueLanes } from './value-lanes.ts';

/** Where accumulators are read from, and in which type. */
export type AccumulatorSource = 'i8' | 'i16' | 'i32';

/** One combination. */
export interface ValueKind extends LanesKind {
  readonly source: AccumulatorSource;
}

/** Bytes of an accumulator. */
export const SOURCE_BYTES = { i8: 1, i16: 2, i32: 4 } as const;

/** Eight accumulators at `z`. */
const stored: Readonly<Record<AccumulatorSource, (z: Local<'i32'>) => AccumulatorLanes>> = {
  i8: (z) => ({
    sixteen: () => v128.load8x8S(z),
    word: (half) => i32x4.extendLowI16x8S(i16x8.extendLowI8x16S(v128.load32Zero(z, 4 * half))),
  }),
  i16: (z) => ({ sixteen: () => v128.load(z), word: (half) => v128.load16x4S(z, 8 * half) }),
  i32: (z) => ({ sixteen: () => i16x8.narrowI32x4S(v128.load(z), v128.load(z, 16)), word: (half) => v128.load(z, 16 * half) }),
};

/** The kernel of a combination. */
export function valueEpilogue(kind: ValueKind): Kernel {
  if (kind.source === 'i32' && kind.arithmetic === 'none') throw new RangeError('32-bit accumulators need a requantisation');
  const parameters: readonly string[] = ['z', 'zStride', 'channels', 'frames', ...lanesParameters(kind)];
  return blockKernel(`value_${kind.source}_${lanesName(kind)}`, parameters, (f, p) => {
    const [frame, z] = [f.local('i32'), f.local('i32')];
    const lanes = valueLanes(f, p, kind);
    repeat(f, p['channels']!, () => {
      lanes.channel();
      f.set(z, p['z']!);
      overFrames(f, frame, p['frames']!, 8, () => {
        lanes.frames(stored[kind.source](z));
        advance(f, z, 8 * SOURCE_BYTES[kind.source]);
      });
      advance(f, p['z']!, p['zStride']!);
      lanes.nextChannel();
    });
    lanes.end();
  });
}
