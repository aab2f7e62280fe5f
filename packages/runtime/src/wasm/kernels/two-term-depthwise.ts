/**
 * Depthwise layers of 1-bit weights and two binary terms, finished in the same pass: 8 frames of the first term and the same of the second on
 * 16 lanes of bytes. A weight of -1 is a mask of ones: `x w = (x ^ mask) - mask`, and the masks of a channel add up to a constant.
 */
import { type FunctionBuilder, i16x8, i32, i8x16, type Local, v128 } from '@bitvox/wasm';
import { advance, blockKernel, type Kernel, pointers, repeat } from './kernel.ts';
import { type Combination, combination } from './combination.ts';
import { type LanesKind, lanesName, lanesParameters, valueLanes } from './value-lanes.ts';

/** Taps that are written out, instead of a loop. */
const WRITTEN_TAPS = 5;

/** `constants`: per channel the pair (one, `q`) of 16 bits and the number of negative weights; `masks`: a byte per tap. */
const PARAMETERS = ['x', 'second', 'channelStep', 'masks', 'constants', 'channels', 'frames'] as const;

const CONSTANT_BYTES = 8;

/** The taps of a channel: how many, and the bytes between two. */
export interface Taps {
  readonly count: number;
  readonly step: number;
}

/** Emits the sum of all taps at `source` and of their second terms at `secondSource`; moves the masks on. */
function sumTaps(f: FunctionBuilder, { count, step }: Taps, sum: Local<'v128'>, source: Local<'i32'>, secondSource: Local<'i32'>, masks: Local<'i32'>): void {
  const add = (tap: number): void => {
    const signs = v128.load64Lane(secondSource, v128.load64Zero(source, tap * step), 1, tap * step);
    f.set(sum, i8x16.add(sum, v128.xor(signs, v128.load8Splat(masks, tap))));
  };
  if (count <= WRITTEN_TAPS) {
    for (let tap = 0; tap < count; tap++) add(tap);
    advance(f, masks, count);
    return;
  }
  const left = f.local('i32');
  f.set(left, count);
  repeat(f, left, () => {
    add(0);
    advance(f, masks, 1);
    advance(f, source, step);
    advance(f, secondSource, step);
  });
}

/** The layer with an epilogue. */
export function twoTermDepthwise(taps: Taps, combined: Combination, lanesKind: LanesKind): Kernel {
  const parameters: readonly string[] = [...PARAMETERS, ...lanesParameters(lanesKind)];
  return blockKernel(['depthwise_1x2', taps.count, taps.step, combined.one, combined.shift, lanesName(lanesKind)].join('_'), parameters, (f, parameter) => {
    const p = parameter as { readonly [K in (typeof PARAMETERS)[number]]: Local<'i32'> };
    const [source, secondSource] = pointers(f, 2);
    const channels = f.local('i32');
    const [sum, pairs, first, second] = [f.local('v128'), f.local('v128'), f.local('v128'), f.local('v128')];
    const terms = combination(f, combined);
    const lanes = valueLanes(f, parameter, lanesKind);
    f.set(channels, p.channels);
    repeat(f, channels, () => {
      f.set(pairs, v128.load32Splat(p.constants));
      terms.pairs(pairs);
      f.set(sum, v128.load8Splat(p.constants, 4));
      advance(f, p.constants, CONSTANT_BYTES);
      f.set(source, p.x);
      f.set(secondSource, i32.add(p.x, p.second));
      sumTaps(f, taps, sum, source, secondSource, p.masks);
      f.set(first, i16x8.extendLowI8x16S(sum));
      f.set(second, i16x8.extendHighI8x16S(sum));
      lanes.channel();
      lanes.frames(terms.combine([first, second]));
      lanes.nextChannel();
      advance(f, p.x, p.channelStep);
    });
    lanes.end();
  });
}
