/**
 * The network of the case `net`, like BiFSMN: a front layer of 3 taps from 32 bands, then blocks of
 *
 *     sign · pointwise (1 bit) · affine · memory (depthwise, 11 taps, its input added) · sign · pointwise (1 bit) · affine · block's input added
 *
 * in integers: weights of pointwise layers have 1 bit, those of the front layer are ternary (its input is bytes), those of memories have
 * 8 bits; between the layers flow bits, bytes (into memories), and 16-bit sums (the skip connection). The input of a memory is added by
 * its centre tap, which is the same sum.
 */
import type { Q15Requantization, ThresholdEpilogue, ValueEpilogue, WeightType } from '@bitvox/bitpack';
import { packRows } from '@bitvox/bitpack';
import { Random } from '@bitvox/ternary-prng';

/** Sizes of a network. */
export interface NetShape {
  readonly channels: number;
  readonly frames: number;
  readonly blocks: number;
}

/** Bands of the input and taps of the front layer and of memories. */
export const BANDS = 32;
export const FRONT_TAPS = 3;
export const MEMORY_TAPS = 11;
/** Bound of the sums of a memory's weights, for which its sums have 16 bits. */
export const MEMORY_SUM = 255;
const IDENTITY = 64;

/** A dense layer: packed rows, and what follows. */
export interface DenseLayer {
  readonly type: WeightType;
  readonly rows: Uint8Array;
  readonly epilogue: ValueEpilogue;
}

/** One block. */
export interface Block {
  readonly first: DenseLayer;
  readonly memory: { readonly rows: Uint8Array; readonly epilogue: ThresholdEpilogue };
  readonly second: DenseLayer;
}

/** All numbers of a network. */
export interface NetDesign extends NetShape {
  readonly front: DenseLayer;
  readonly blocks: number;
  readonly layers: readonly Block[];
}

const many = (count: number, one: () => number): number[] => Array.from({ length: count }, one);
const none = { kind: 'none' } as const;

/** Random weights and constants, such that no value sticks to an end of its range. */
export function designNet({ channels, frames, blocks }: NetShape, seed: number): NetDesign {
  const random = new Random(seed, 'net');
  const between = (minimum: number, maximum: number): number => minimum + random.below(maximum - minimum + 1);
  const requantization = (scale: number, gain: number, offset: number): Q15Requantization => ({
    arithmetic: 'q15',
    scale,
    multipliers: Int16Array.from(many(channels, () => between(gain, 2 * gain))),
    offsets: Int16Array.from(many(channels, () => between(-offset, offset))),
  });
  const values = (scale: number, gain: number, offset: number, residual: boolean, outputs: ValueEpilogue['outputs']): ValueEpilogue => ({
    kind: 'value',
    requantization: requantization(scale, gain, offset),
    activation: none,
    residual,
    then: none,
    outputs,
  });
  const rows = (type: WeightType, columns: number, limit: number): Uint8Array =>
    packRows(Int8Array.from(many(channels * columns, () => between(-limit, limit))), channels, columns, type);
  const sums = [{ format: 'i16' }, { format: 'bit' }] as const;
  const memoryWeights = (): Int8Array =>
    Int8Array.from(
      many(channels * MEMORY_TAPS, () => between(-12, 12)),
      (value, at) => value + (at % MEMORY_TAPS === MEMORY_TAPS >> 1 ? IDENTITY : 0),
    );
  const layers = Array.from({ length: blocks }, (): Block => ({
    first: { type: '1', rows: rows('1', channels, 1), epilogue: values(6, 800, 8, false, [{ format: 'i8', shift: 0 }]) },
    memory: {
      rows: packRows(memoryWeights(), channels, MEMORY_TAPS, 'int8'),
      epilogue: {
        kind: 'threshold',
        thresholds: Int32Array.from(many(channels, () => between(-1000, 1000))),
        directions: Int8Array.from(many(channels, () => 2 * between(0, 1) - 1)),
        outputs: [{ format: 'bit' }],
      },
    },
    second: { type: '1', rows: rows('1', channels, 1), epilogue: values(6, 2000, 50, true, sums) },
  }));
  return {
    channels,
    frames,
    blocks,
    front: { type: 'ternary', rows: rows('ternary', BANDS * FRONT_TAPS, 1), epilogue: values(0, 12_000, 100, false, sums) },
    layers,
  };
}
