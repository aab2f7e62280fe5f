/**
 * The geometry of a convolution over planes. An output pixel (y, x) reads, for tap (i, j),
 *
 *     row y·stride + i·dilation − top,   column x·stride + j·dilation − left
 *
 * and what lies outside the plane counts as the padding rule says. A signal over time is a plane of height 1.
 * Invariant: every output pixel exists because its last tap lies within plane and margins.
 */
import { BitpackError } from '../errors.ts';
import { checkExtents, MAXIMUM_EXTENT } from '../layout.ts';

/** Largest size of the activations or results of one convolution. */
const MAXIMUM_BYTES = 1 << 28;

/** What a pixel outside the plane counts as. Activations of 1 bit hold no 0: the rule is kept exactly, tap by tap. */
export type PaddingRule = 'none' | 'zero' | 'minus-one';

/** A number along the height and one along the width. */
export type Pair = readonly [height: number, width: number];

/** Pixels added around a plane. */
export interface Margins {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** A convolution with nothing left open. Margins are 0 where the rule is `none`. */
export interface ConvShape {
  readonly outputs: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Weight positions along the height and the width. */
  readonly taps: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly rule: PaddingRule;
  readonly margins: Margins;
}

/** One weight position of the kernel: the pixels it lies below and right of the first tap. */
export interface Tap {
  readonly down: number;
  readonly right: number;
}

/** Taps in the order of the weights. */
export function tapsOf({ taps, dilation }: ConvShape): Tap[] {
  return Array.from({ length: taps[0] * taps[1] }, (_, n) => ({
    down: Math.floor(n / taps[1]) * dilation[0],
    right: (n % taps[1]) * dilation[1],
  }));
}

/** Products in a sum: channels × taps. */
export const depthOf = ({ channels, taps }: ConvShape): number => channels * taps[0] * taps[1];

/** Height and width of an output plane. */
export function outputPair({ height, width, taps, stride, dilation, margins }: ConvShape): Pair {
  const { top, bottom, left, right } = margins;
  return [
    Math.floor((top + height + bottom - (taps[0] - 1) * dilation[0] - 1) / stride[0]) + 1,
    Math.floor((left + width + right - (taps[1] - 1) * dilation[1] - 1) / stride[1]) + 1,
  ];
}

/** Whether tap `tap` of output pixel (y, x) lies within the plane. */
export function isInside({ height, width, stride, margins }: ConvShape, y: number, x: number, { down, right }: Tap): boolean {
  const [row, column] = [y * stride[0] + down - margins.top, x * stride[1] + right - margins.left];
  return row >= 0 && row < height && column >= 0 && column < width;
}

/** Whether the convolution is the matrix product itself: one tap, every pixel, no margins. */
export function isPointwise({ taps, stride, margins }: ConvShape): boolean {
  return [...taps, ...stride].every((extent) => extent === 1) && Object.values(margins).every((margin) => margin === 0);
}

/**
 * Checks a geometry before anything is computed from it.
 * @throws BitpackError `BITPACK_SHAPE`
 */
export function checkConv(shape: ConvShape): void {
  const { outputs, channels, height, width, taps, stride, dilation, rule, margins } = shape;
  const pairs = { taps, stride, dilation };
  const named = Object.entries(pairs).flatMap(([name, [down, across]]) => [
    [`${name} height`, down],
    [`${name} width`, across],
  ]);
  checkExtents({ outputs, channels, height, width, ...(Object.fromEntries(named) as Record<string, number>) });
  checkExtents({ 'products per sum': depthOf(shape) });
  for (const [side, margin] of Object.entries(margins)) {
    if (!Number.isInteger(margin) || margin < 0 || margin > MAXIMUM_EXTENT || (rule === 'none' && margin > 0)) {
      throw new BitpackError('BITPACK_SHAPE', `Got ${side} = ${margin} with the padding rule "${rule}".`);
    }
  }
  if (!['none', 'zero', 'minus-one'].includes(rule)) throw new BitpackError('BITPACK_SHAPE', `Got the padding rule "${String(rule)}".`);
  const [down, across] = outputPair(shape);
  checkExtents({ 'output height': down, 'output width': across });
  const padded = (margins.top + height + margins.bottom) * (margins.left + width + margins.right);
  // The rows of products of a single tap already need this much; a plan stays well within 32-bit addresses.
  for (const [what, bytes] of Object.entries({ 'padded planes': channels * padded, results: outputs * down * across * 4 })) {
    if (bytes > MAXIMUM_BYTES) throw new BitpackError('BITPACK_SHAPE', `Got ${bytes} bytes of ${what}, wanted at most ${MAXIMUM_BYTES}.`);
  }
}

/** A function of a shape that is computed once for each: plans are asked for their sizes before their code. */
export function oncePerShape<P>(plan: (shape: ConvShape) => P): (shape: ConvShape) => P {
  const known = new WeakMap<ConvShape, { readonly plan: P }>();
  return (shape) => {
    const entry = known.get(shape) ?? { plan: plan(shape) };
    known.set(shape, entry);
    return entry.plan;
  };
}
