/**
 * What a depthwise kernel is: a value of `DEPTHWISE_KERNELS`, named `depthwise_<weights>x<activations>_<accumulator>__<implementation>`.
 * Its module exports `run(weights, x, xStride, frames, y, yStride)`, or with another last step that takes the sums from the registers
 * the parameters of that behind `frames`; addresses in bytes, strides in elements.
 * Invariant: rows of outputs are written in steps of 16 frames, exact up to `frames`; besides them only scratch is touched.
 */
import type { Capability } from '@bitvox/wasm';
import type { DepthwiseActivations, DepthwiseShape, DepthwiseTypes, DepthwiseWeights } from './depthwise.ts';
import type { KernelTarget } from './kernel.ts';
import type { LastStep } from './row-store.wasm.ts';

/** Type of the sums. */
export type DepthwiseAccumulator = 'i16' | 'i32' | 'f32';

/** A depthwise convolution as a value. */
export interface DepthwiseKernel extends DepthwiseTypes {
  readonly name: `depthwise_${DepthwiseWeights}x${DepthwiseActivations}_${DepthwiseAccumulator}__${string}`;
  readonly op: 'depthwise';
  readonly accumulator: DepthwiseAccumulator;
  /** One sentence on how it works. */
  readonly summary: string;
  readonly requires: readonly Capability[];
  /** Whether it computes a shape exactly. */
  readonly computes: (shape: DepthwiseShape) => boolean;
  readonly weightBytes: (shape: DepthwiseShape) => number;
  readonly scratchBytes: (shape: DepthwiseShape) => number;
  /** Weights as numbers `[channels][taps]` → the kernel's own layout. */
  readonly packWeights: (values: Int8Array | Float32Array, shape: DepthwiseShape) => Uint8Array<ArrayBuffer>;
  /** The bytes of the module; `last` takes the sums, they are stored unless it is given. */
  readonly build: (shape: DepthwiseShape, target: KernelTarget, last?: LastStep) => Uint8Array<ArrayBuffer>;
}

/** Largest sum of magnitudes of a channel's weights for which no sum of products leaves the accumulator. */
export function sumLimit(activations: DepthwiseActivations, accumulator: DepthwiseAccumulator): number {
  if (accumulator === 'f32') return Number.POSITIVE_INFINITY;
  return Math.floor((accumulator === 'i16' ? 0x7fff : 0x7fff_ffff) / (activations === 'int8' ? 128 : 1));
}
