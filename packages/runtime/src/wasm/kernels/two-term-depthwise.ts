/**
 * Depthwise layers of 1-bit weights and two binary terms, finished in the same pass: 8 frames of the first term and the same of the second on
 * 16 lanes of bytes. A weight of -1 is a mask of ones: `x w = (x ^ mask) - mask`, and the masks of a channel add up to a constant.
 */
import { i16x8, i32, i8x16, v128 } from '@bitvox/wasm';
import { advance, type Kernel, kernel, pointers, repeat } from './kernel.ts';
import { type Combination, combination } from './two-term-product.ts';
import { type LanesKind, lanesName, lanesParameters, sixteenBit, valueLanes } from './value-lanes.ts';

/** Most taps whose sums fit bytes. */
export const MAXIMUM_TAPS = 127;

/** `constants`: per channel `q` and the number of negative weights, 16 bits each; `masks`: a byte per tap. */
const PARAMETERS = ['x', 'second', 'channelStep', 'tapStep', 'masks', 'taps', 'constants', 'channels', 'frames'] as const;

/** The layer with an epilogue. */
export function twoTermDepthwise(combined: Combination, lanesKind: LanesKind): Kernel {
  const parameters: readonly string[] = [...PARAMETERS, ...lanesParameters(lanesKind)];
  return kernel(['depthwise_1x2', combined.one, combined.shift, lanesName(lanesKind)].join('_'), parameters, (f, parameter) => {
    const p = parameter as { readonly [K in (typeof PARAMETERS)[number]]: ReturnType<typeof f.local<'i32'>> };
    const [source, left, channels, secondSource] = pointers(f, 4);
    const [sum, q, first, second] = [f.local('v128'), f.local('v128'), f.local('v128'), f.local('v128')];
    const terms = combination(f, combined);
    const lanes = valueLanes(f, parameter, lanesKind);
    f.set(channels, p.channels);
    repeat(f, channels, () => {
      lanes.channel();
      f.set(q, v128.load16Splat(p.constants));
      terms.factors(q);
      f.set(sum, v128.load8Splat(p.constants, 2));
      advance(f, p.constants, 4);
      f.set(source, p.x);
      f.set(secondSource, i32.add(p.x, p.second));
      f.set(left, p.taps);
      repeat(f, left, () => {
        const signs = v128.load64Lane(secondSource, v128.load64Zero(source), 1);
        f.set(sum, i8x16.add(sum, v128.xor(signs, v128.load8Splat(p.masks))));
        advance(f, p.masks, 1);
        advance(f, source, p.tapStep);
        advance(f, secondSource, p.tapStep);
      });
      f.set(first, i16x8.extendLowI8x16S(sum));
      f.set(second, i16x8.extendHighI8x16S(sum));
      lanes.frames(sixteenBit(terms.combine([first, second])));
      lanes.nextChannel();
      advance(f, p.x, p.channelStep);
    });
    lanes.end();
  });
}
