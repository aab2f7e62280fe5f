/** Weights as the portable kernels read them: taps outside, channels inside, bits packed into words. */
import { integerWeights, rowLength, type WeightedStep } from '../integer-weights.ts';
import type { ConstArray } from '../../c-text.ts';
import { wordsOf } from '../kernel.ts';

/** Packs rows of -1 and +1, `[row][columns]`, into words. */
export function packWords(values: ArrayLike<number>, columns: number): Uint32Array {
  const words = wordsOf(columns);
  const packed = new Uint32Array((values.length / columns) * words);
  for (let at = 0; at < values.length; at++) {
    const column = at % columns;
    if (values[at]! > 0) packed[((at - column) / columns) * words + (column >> 5)]! |= 1 << (column & 31);
  }
  return packed;
}

/** Values in the order given, rows of bits packed. */
export function arrayOf(bits: 1 | 8, values: Int8Array, columns: number, rows: string, unit = 'channels'): readonly ConstArray[] {
  if (bits === 8) return [{ role: 'values', type: 'int8_t', values, shape: `${rows} x ${columns} ${unit}` }];
  return [{ role: 'signs', type: 'uint32_t', values: packWords(values, columns), shape: `${rows} x ${wordsOf(columns)} words of ${columns} ${unit}` }];
}

/** `[output][tap][rest]` of weights that are `[output][rest][tap]`; the rest is channels, or planes and rows of a window. */
export function tapsOutside(step: WeightedStep<'conv1d' | 'conv2d'>): Int8Array {
  const { kernel: taps } = step.window;
  const rest = rowLength(step) / taps;
  const from = integerWeights(step);
  return from.map((_, at) => {
    const [within, tap, output] = [at % rest, Math.floor(at / rest) % taps, Math.floor(at / (rest * taps))];
    return from[(output * rest + within) * taps + tap]!;
  });
}

/** `[output][tap][channel]`. */
export function denseWeights(step: WeightedStep<'conv1d'>): readonly ConstArray[] {
  return arrayOf(step.weights.bits, tapsOutside(step), step.inputChannels, `${step.channels} outputs x ${step.window.kernel} taps`);
}

/** `[tap][channel]`. */
export function depthwiseWeights(step: WeightedStep<'depthwise-conv1d'>): readonly ConstArray[] {
  const { kernel } = step.window;
  const from = integerWeights(step);
  const values = from.map((_, at) => from[(at % step.channels) * kernel + Math.floor(at / step.channels)]!);
  return arrayOf(step.weights.bits, values, step.channels, `${kernel} taps`);
}
