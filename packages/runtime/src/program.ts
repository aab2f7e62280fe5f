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
  /** Frames that consumers read before the first and after the last frame. */
  readonly padding: readonly [number, number];
  /** Elements of a padded frame, one per channel; `null` is all zeros. */
  readonly fill: Int8Array | null;
}

/**
 * Accumulator to integer: `v = floor((z * multiplier + offset) / 2^shift)` per channel, in exact arithmetic.
 * `offset` includes the rounding term `2^(shift - 1)`. `narrow`: `|z|` up to and `|multiplier|` below 2^15 and every intermediate within 32 bits.
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

/**
 * Two binary terms of a 16-bit value, in one `sign` tensor of twice the channels, second terms behind the first:
 *
 *     b1 = v >= limit ? 1 : -1,   r = saturate16(saturate16(v - offset) + (b1 > 0 ? 0 : span)),   b2 = r >= 0 ? 1 : -1
 */
export interface Split {
  readonly limits: Int16Array;
  readonly offsets: Int16Array;
  /** Steps of the value from -1 to 1. */
  readonly span: number;
  /** An `i16` tensor of one channel that receives the factor of the second terms; `null`: not needed. */
  readonly scale: number | null;
  /**
   * Low bits `n` of `|r|` that the factor leaves out: `min(limit, floor((2^n S + floor(2^n C / 2)) / C))` with `S = min(65535, sum of |r| >> n)` over
   * C channels.
   */
  readonly dropped: number;
  /** Largest factor. */
  readonly limit: number;
}

/** A tensor that an epilogue writes. `shift`: an `i8` output is `saturate8((v + 2^(shift - 1)) >> shift)`; 0 elsewhere. */
export interface ValueOutput {
  readonly tensor: number;
  readonly shift: number;
  /** What decides a `sign` or `bit` output; `null` is the sign of the value. */
  readonly comparison: Comparison | null;
  /** Set where the output is two terms. */
  readonly split: Split | null;
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

/**
 * How the sums `z1`, `z2` of the two terms of an input become one accumulator: `(one * z1 + q * z2) >> shift`, which fits 16 bits for every factor
 * that there may be. The input has the second terms behind the first, so twice `inputChannels` rows.
 */
export interface TwoTerms {
  /** What `q` is where the factor of the second terms is 1; a power of two. */
  readonly one: number;
  readonly shift: number;
  /** `q`: by output frame in this `i16` tensor of one channel, or constants, one per channel of the accumulator. */
  readonly scale: number | Int16Array;
}

interface StepParts {
  /** Node that the accumulator comes from. */
  readonly node: string;
  /** Every node that this step executes. */
  readonly members: readonly string[];
  readonly input: number;
  readonly inputChannels: number;
  readonly channels: number;
  readonly window: Window;
  /** Type an accumulator fits in: `i16` means `|z| <= 32766`, for two terms that it saturates. */
  readonly accumulator: 'i16' | 'i32' | 'f32';
  /** `null`: the input is one term. */
  readonly terms: TwoTerms | null;
  readonly epilogue: Epilogue;
}

/** Dense convolution; rows are `[in][kernel]`. A linear layer is one with kernel 1. */
export interface Conv1dStep extends StepParts {
  readonly op: 'conv1d';
  readonly weights: StepWeights;
}

/** The rows of a plane, which lie in consecutive channels, and the window over them. Padded rows contribute nothing. */
export interface PlaneRows {
  /** Rows of an input plane and of an output plane. */
  readonly input: number;
  readonly output: number;
  readonly kernel: number;
  readonly stride: number;
  /** Rows of padding at the top; what is missing at the bottom is padding too. */
  readonly top: number;
}

/** Dense convolution over rows and time; weights are `[output plane][input plane][kernel rows][kernel frames]`. */
export interface Conv2dStep extends StepParts {
  readonly op: 'conv2d';
  readonly weights: StepWeights;
  readonly rows: PlaneRows;
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

export type Step = Conv1dStep | Conv2dStep | DepthwiseConv1dStep | MeanPoolStep | PassStep;

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
export function outputsOf({ epilogue }: Step): readonly number[] {
  if (epilogue.kind === 'float') return [epilogue.output];
  if (epilogue.kind === 'threshold') return epilogue.outputs;
  return epilogue.outputs.flatMap(({ tensor, split }) => (split === null || split.scale === null ? [tensor] : [tensor, split.scale]));
}

/** Tensor that a step adds, frame by frame. */
export function residualOf(step: Step): number | null {
  return step.epilogue.kind === 'threshold' ? null : step.epilogue.residual;
}

/** Tensors that a step reads frame by frame beside its input: what it adds, and the factors of second terms. */
export function alignedOf(step: Step): readonly number[] {
  const scale = step.terms?.scale;
  return [residualOf(step), typeof scale === 'number' ? scale : null].filter((tensor) => tensor !== null);
}
