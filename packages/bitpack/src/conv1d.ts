/**
 * A convolution over time, `[channel][time]`: a plane of height 1. With one tap, no stride and no padding it is the matrix
 * product itself, plane by columns.
 *
 * Streaming: plan the window of one new output, `t = (taps − 1) · dilation + 1` without padding, and point `x` at it.
 */
import { type ConvPlan, planConv2d } from './conv2d.ts';
import type { PaddingRule } from './kernels/conv-shape.ts';
import type { GemmChoice } from './select.ts';

/** Where the taps of a convolution over time lie. */
export interface Conv1dGeometry {
  /** Frames of a channel. */
  readonly t: number;
  readonly taps: number;
  /** Frames from one output to the next, 1 unless told. */
  readonly stride?: number;
  /** Frames from one tap to the next, 1 unless told. */
  readonly dilation?: number;
  /** Frames outside: none that may be read (unless told), or so many on either side that count as 0 or as −1. */
  readonly padding?: 'none' | { readonly rule: Exclude<PaddingRule, 'none'>; readonly left?: number; readonly right?: number };
}

/** A convolution over time, its types and the choice of the kernel as for planes. */
export interface Conv1dRequest extends Conv1dGeometry, GemmChoice {
  readonly outputs: number;
  readonly channels: number;
  /** Name of a kernel of `CONV_KERNELS`. */
  readonly kernel?: string;
}

/**
 * Plans Y[m][t] = Σ W[m][c][j] · X[c][t·stride + j·dilation − left].
 * @throws BitpackError as `planConv2d` does
 */
export function planConv1d({ t, taps, stride = 1, dilation = 1, ...request }: Conv1dRequest): ConvPlan {
  return planConv2d({ ...request, height: 1, width: t, taps: [1, taps], stride: [1, stride], dilation: [1, dilation] });
}
