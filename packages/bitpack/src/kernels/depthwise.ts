/**
 * Depthwise convolution along time: one filter per channel. The types, and the readable reference, the oracle of every kernel:
 *
 *     y[c][t] = sum over k of w[c][k] · x[c][t·stride + k·dilation]
 *
 * Frame 0 of x is the first that the first output sees: left and right context are frames of the row, and what padding
 * they hold is the caller's affair (0 in `sign`, `int8`, `f32`; in bits there is none).
 * Invariant: integers are exact; floats are summed in the order of k from 0, every operation rounded to f32.
 */
import { BitpackError } from '../errors.ts';
import { checkLength, WEIGHT_TYPES, type WeightType } from '../layout.ts';
import { unpackRows } from '../pack-rows.ts';

/** Weights of a depthwise convolution: packed rows `[channels][taps]`, or floats. */
export type DepthwiseWeights = WeightType | 'f32';
/** Activations: bits 0 and 1 that stand for −1 and +1; bytes −1, 0 and +1; bytes; floats. */
export type DepthwiseActivations = '1' | 'sign' | 'int8' | 'f32';

/** What is convolved with what; floats go with floats. */
export interface DepthwiseTypes {
  readonly weights: DepthwiseWeights;
  readonly activations: DepthwiseActivations;
}

/** The window: `taps` frames of a row, `dilation` apart, moving on by `stride`; up to `t` outputs per call. */
export interface DepthwiseShape {
  readonly channels: number;
  readonly taps: number;
  readonly dilation: number;
  readonly stride: number;
  readonly t: number;
  /** Bound of Σ |w| of every channel, which the choice of the accumulator rests on. */
  readonly weightSum: number;
}

/** Frames of a row that `frames` outputs look at. */
export const windowFrames = ({ taps, dilation, stride }: Pick<DepthwiseShape, 'taps' | 'dilation' | 'stride'>, frames: number): number =>
  (frames - 1) * stride + (taps - 1) * dilation + 1;

/** Bound of Σ |w| that holds for any weights of a type. */
export const largestWeightSum = (weights: DepthwiseWeights, taps: number): number => (weights === 'f32' ? 0 : -WEIGHT_TYPES[weights].minimum * taps);

/** Weights as numbers, `[channels][taps]`. */
export function depthwiseValues(
  weights: DepthwiseWeights,
  rows: Uint8Array | Float32Array,
  { channels, taps }: Pick<DepthwiseShape, 'channels' | 'taps'>,
): Int8Array | Float32Array {
  if (rows instanceof Float32Array !== (weights === 'f32')) throw new BitpackError('BITPACK_TYPE', `Got weights "${weights}" in a ${rows.constructor.name}.`);
  if (rows instanceof Uint8Array) return unpackRows(rows, channels, taps, weights as WeightType);
  checkLength('weights', rows.length, channels * taps);
  return rows;
}

/**
 * @param rows packed rows of the weights, or floats `[channels][taps]`
 * @param x `[channels][windowFrames(shape, shape.t)]`
 * @returns `[channels][t]`
 * @throws BitpackError `BITPACK_SHAPE`, `BITPACK_LENGTH`, `BITPACK_TYPE`, `BITPACK_BYTE`
 */
export function depthwise(
  { weights, activations }: DepthwiseTypes,
  rows: Uint8Array | Float32Array,
  x: ArrayLike<number>,
  shape: Omit<DepthwiseShape, 'weightSum'>,
): Float64Array<ArrayBuffer> {
  const { channels, taps, dilation, stride, t } = shape;
  const values = depthwiseValues(weights, rows, shape);
  const columns = windowFrames(shape, t);
  checkLength('activations', x.length, channels * columns);
  const round = weights === 'f32' ? Math.fround : (value: number): number => value;
  const y = new Float64Array(channels * t);
  for (let channel = 0; channel < channels; channel++) {
    for (let frame = 0; frame < t; frame++) {
      let sum = 0;
      for (let tap = 0; tap < taps; tap++) {
        const value = x[channel * columns + frame * stride + tap * dilation]!;
        sum = round(sum + round(values[channel * taps + tap]! * (activations === '1' ? 2 * value - 1 : value)));
      }
      y[channel * t + frame] = sum;
    }
  }
  return y;
}
