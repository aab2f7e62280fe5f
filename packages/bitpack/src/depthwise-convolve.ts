/**
 * The easy call for one filter per channel: `pack` the weights once, `convolveDepthwise` signals with them as often as needed.
 * Invariant: the result is the reference's, whatever kernel was chosen.
 */
import { Arena, arenaBytes } from '@bitvox/wasm';
import { planDepthwise } from './depthwise.ts';
import { BitpackError } from './errors.ts';
import { keeper } from './kept.ts';
import { FRAME_STEP } from './kernels/row-store.wasm.ts';
import { roundUp } from './kernels/kernel.ts';
import { checkExtents, checkLength, EXTRA_BYTES, MAXIMUM_EXTENT, type WeightType } from './layout.ts';
import type { Activations, PackedWeights, Product } from './multiply.ts';
import { signBits, type Signed } from './pack.ts';

/** Where the taps of a depthwise convolution lie. */
export interface DepthwiseGeometry {
  /** Frames of a channel. */
  readonly t: number;
  /** Frames from one tap to the next, 1 unless told. */
  readonly dilation?: number;
  /** Frames from one output to the next, 1 unless told. */
  readonly stride?: number;
  /** Frames before the first and after the last that count as 0, none unless told. */
  readonly left?: number;
  readonly right?: number;
}

/** Activations of filters: signs by weights of 1 bit, bytes by all others. */
type FilterActivations<W extends WeightType> = W extends '1' ? '1' : 'int8';

interface Bound {
  readonly outputs: number;
  readonly run: (x: Signed) => Int16Array | Int32Array;
}

const kept = keeper<Bound>();

function bind({ type, m: channels, k: taps, rows }: PackedWeights, { t, dilation = 1, stride = 1, left = 0, right = 0 }: DepthwiseGeometry): Bound {
  checkExtents({ t, dilation, stride, taps });
  for (const [side, frames] of Object.entries({ left, right })) {
    if (!Number.isInteger(frames) || frames < 0 || frames > MAXIMUM_EXTENT) throw new BitpackError('BITPACK_SHAPE', `Got ${side} = ${frames}.`);
  }
  const columns = left + t + right;
  const outputs = Math.floor((columns - (taps - 1) * dilation - 1) / stride) + 1;
  if (outputs < 1) throw new BitpackError('BITPACK_SHAPE', `Got ${columns} frames, wanted as many as ${taps} taps ${dilation} apart reach over.`);
  const activations = type === '1' ? 'sign' : 'int8';
  const plan = planDepthwise({ channels, taps, dilation, stride, t: outputs, weights: type, activations, accumulator: type === '1' ? 'i16' : 'i32' });
  const yStride = roundUp(outputs, FRAME_STEP);
  const sizes = [plan.weightBytes, plan.scratchBytes, channels * yStride * 4, channels * columns + EXTRA_BYTES];
  const arena = new Arena(arenaBytes(sizes));
  const [weights, scratch, y, x] = sizes.map((size) => arena.allocate(size)) as [number, number, number, number];
  arena.u8(weights, plan.weightBytes).set(plan.packWeights(rows));
  const { run } = plan.instantiate(arena.memory, { weights, scratch });
  const padded = arena.i8(x, channels * columns);
  const sums = type === '1' ? arena.i16(y, channels * yStride) : arena.i32(y, channels * yStride);
  return {
    outputs,
    run: (signed) => {
      const values = type === '1' ? Int8Array.from(signBits(signed), (bit) => 2 * bit - 1) : (signed as Int8Array);
      for (let channel = 0; channel < channels; channel++) padded.set(values.subarray(channel * t, (channel + 1) * t), channel * columns + left);
      run(x, columns, outputs, y, yStride);
      const results = type === '1' ? new Int16Array(channels * outputs) : new Int32Array(channels * outputs);
      for (let channel = 0; channel < channels; channel++) {
        results.set(sums.subarray(channel * yStride, channel * yStride + outputs), channel * outputs);
      }
      return results;
    },
  };
}

/**
 * y[c][t] = Σ_k w[c][k] · x[c][t·stride + k·dilation − left], exact; weights of 1 bit and the signs they meet count as −1 and +1, frames
 * outside as 0.
 * @param weights `pack(values, channels, taps)` of values `[channel][tap]`
 * @param x `[channel][t]`: values whose signs count (0 as +1) for weights of 1 bit, an Int8Array for all others
 * @returns `[channel][t']`: 16-bit sums for weights of 1 bit, 32-bit sums for all others
 * @throws BitpackError `BITPACK_SHAPE`, `BITPACK_LENGTH`, `BITPACK_TYPE`, `BITPACK_NOT_A_NUMBER`, `BITPACK_BYTE`, `BITPACK_KERNEL_UNFIT`
 */
export function convolveDepthwise<W extends WeightType>(
  weights: PackedWeights<W>,
  x: Activations<FilterActivations<W>>,
  geometry: DepthwiseGeometry,
): Product<FilterActivations<W>> {
  if (weights.type !== '1' && !(x instanceof Int8Array)) {
    throw new BitpackError('BITPACK_TYPE', `Got activations in a ${(x as Signed).constructor.name}, wanted an Int8Array.`);
  }
  checkLength('activations', (x as Signed).length, weights.m * geometry.t);
  const instance = kept(weights, JSON.stringify(geometry), () => bind(weights, geometry));
  return instance.run(x as Signed) as Product<FilterActivations<W>>;
}
