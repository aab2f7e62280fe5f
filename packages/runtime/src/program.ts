/**
 * A program: a network lowered to a list of steps over tensors, pure data that every executor and every target reads.
 *
 * A step turns a window of its input into one accumulator `z` per output channel and frame; its epilogue turns `z` into what
 * the consumers of the value want. Integer tensors mean `real = q * scale`; the zero point is always 0.
 * Invariant: steps stand in execution order, every tensor is written by exactly one step (tensor 0 by the input).
 */
import type { DecisionSettings, Window } from '@bitvox/graph';

/**
 * How the elements of a tensor are kept. `i8`, `i16`: saturating integers. `sign`: a byte -1 or +1, and 0 for padded frames.
 * `bit`: a byte 0 or 1 that stands for -1 or +1; never padded. `f32`: floats.
 */
export type TensorFormat = 'i8' | 'i16' | 'sign' | 'bit' | 'f32';

/** A sequence of frames, `[channel][time]` in memory. */
export interface ProgramTensor {
  /** Node whose value it holds. */
  readonly name: string;
  readonly format: TensorFormat;
  readonly channels: number;
  /** Real value of one step; 1 for `sign`, `bit` and `f32`. */
  readonly scale: number;
  /** Input frames between two frames of this tensor. */
  readonly hop: number;
  /** Newest input frame needed for frame `t` is `t * hop + delay`. */
  readonly delay: number;
  /** Zero frames that consumers read before the first and after the last frame. */
  readonly padding: readonly [number, number];
}

/**
 * Accumulator to integer: `v = floor((z * multiplier + offset) / 2^shift)` per channel, in exact arithmetic.
 * `offset` includes the rounding term `2^(shift - 1)`. `narrow`: `|z|` and `|multiplier|` below 2^15 and every intermediate within 32 bits.
 * `wide`: `|multiplier| < 2^23`, `|z * multiplier + offset| < 2^52`, result within 32 bits, `shift <= 31`.
 */
export interface Requantization {
  readonly arithmetic: 'narrow' | 'wide';
  readonly multipliers: Int32Array;
  /** Integers. */
  readonly offsets: Float64Array;
  readonly shifts: Uint8Array;
}

/** What follows the affine map. Integer slopes are in Q14: `v >= 0 ? v : (v * slope + 2^13) >> 14`, saturated to 16 bits; float slopes are f32 values. */
export type Activation = { readonly kind: 'none' } | { readonly kind: 'relu' } | { readonly kind: 'prelu'; readonly slope: number };

/**
 * 1-bit outputs straight from the accumulator: the bit is `z * direction >= threshold`. Thresholds lie within 30 bits, so that
 * "always" and "never" are thresholds too.
 */
export interface ThresholdEpilogue {
  readonly kind: 'threshold';
  readonly thresholds: Int32Array;
  /** +1 or -1 per channel. */
  readonly directions: Int8Array;
  /** Tensors of format `sign` or `bit`. */
  readonly outputs: readonly number[];
}

/**
 * A threshold per channel on a 16-bit value: the bit is `(v ^ flip) >= limit` with `flip` 0, or -1 for `v <= -1 - limit`.
 * Where the real threshold lies above 16 bits, the saturated value counts as having reached it.
 */
export interface Comparison {
  readonly limits: Int16Array;
  readonly flips: Int8Array;
}

/** A tensor that an epilogue writes. `shift`: an `i8` output is `saturate8((v + 2^(shift - 1)) >> shift)`; 0 elsewhere. */
export interface ValueOutput {
  readonly tensor: number;
  readonly shift: number;
  /** What decides a `sign` or `bit` output; `null` is the sign of the value. */
  readonly comparison: Comparison | null;
}

/**
 * Value outputs: `v = then(saturate16(activation(saturate16(requantize(z))) + residual))`, then one store per output:
 * `i16` as it is, `i8` shifted, `sign` and `bit` by comparison. A missing requantisation means `v = saturate16(z)`.
 */
export interface ValueEpilogue {
  readonly kind: 'value';
  readonly requantization: Requantization | null;
  readonly activation: Activation;
  /** An `i16` tensor of the same scale. */
  readonly residual: number | null;
  readonly then: Activation;
  readonly outputs: readonly ValueOutput[];
}

/** Float outputs: `y = fround(fround(z * multiplier) + offset)` where there is an affine map, activation, residual, activation; every operation rounded to f32. */
export interface FloatEpilogue {
  readonly kind: 'float';
  readonly affine: { readonly multipliers: Float32Array; readonly offsets: Float32Array } | null;
  readonly activation: Activation;
  readonly residual: number | null;
  readonly then: Activation;
  readonly output: number;
}

export type Epilogue = ThresholdEpilogue | ValueEpilogue | FloatEpilogue;

/** Weights, one row per output channel. `1`: packed bits, least significant first, rows padded to whole bytes. `8`: integers. `32`: floats. */
export type StepWeights =
  | { readonly bits: 1; readonly rows: Uint8Array }
  | { readonly bits: 8; readonly values: Int8Array }
  | { readonly bits: 32; readonly values: Float32Array };

interface StepParts {
  /** Node that the accumulator comes from. */
  readonly node: string;
  /** Every node that this step executes. */
  readonly members: readonly string[];
  readonly input: number;
  readonly inputChannels: number;
  readonly channels: number;
  readonly window: Window;
  /** Type an accumulator fits in: `i16` means `|z| <= 32766`. */
  readonly accumulator: 'i16' | 'i32' | 'f32';
  readonly epilogue: Epilogue;
}

/** Dense convolution; rows are `[in][kernel]`. A linear layer is one with kernel 1. */
export interface Conv1dStep extends StepParts {
  readonly op: 'conv1d';
  readonly weights: StepWeights;
}

/** One filter per channel; rows are `[kernel]`. */
export interface DepthwiseConv1dStep extends StepParts {
  readonly op: 'depthwise-conv1d';
  readonly weights: StepWeights;
}

/** The sum over a window; the division is part of the epilogue, except in float. */
export interface MeanPoolStep extends StepParts {
  readonly op: 'mean-pool';
}

/** The accumulator is the stored value itself. */
export interface PassStep extends StepParts {
  readonly op: 'pass';
}

export type Step = Conv1dStep | DepthwiseConv1dStep | MeanPoolStep | PassStep;

/** The name of a kind of step. */
export type StepOp = Step['op'];

/** A lowered network. */
export interface Program {
  readonly name: string;
  readonly kind: 'integer' | 'float';
  /** Frames of one clip, bands of a frame, real value of one step of `byte - 128`. */
  readonly input: { readonly channels: number; readonly frames: number; readonly scale: number };
  readonly tensors: readonly ProgramTensor[];
  readonly steps: readonly Step[];
  /** Tensor of logits, one channel per label; `i16` or `f32`. */
  readonly output: number;
  readonly labels: readonly string[];
  readonly features: Readonly<Record<string, unknown>>;
  readonly decision: DecisionSettings;
}

/** Tensors that a step writes. */
export function outputsOf(step: Step): readonly number[] {
  const { epilogue } = step;
  if (epilogue.kind === 'float') return [epilogue.output];
  return epilogue.kind === 'threshold' ? epilogue.outputs : epilogue.outputs.map((output) => output.tensor);
}

/** Tensor that a step adds, frame by frame. */
export function residualOf(step: Step): number | null {
  return step.epilogue.kind === 'threshold' ? null : step.epilogue.residual;
}
