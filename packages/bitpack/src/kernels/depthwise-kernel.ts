/**
 * What a depthwise kernel is: a value of `DEPTHWISE_KERNELS`, named `depthwise_<weights>x<activations>_<accumulator>__<implementation>`.
 * Its module exports `run(weights, x, xStride, y, yStride, frames)`, or with an epilogue that takes the sums from the registers
 * `run(weights, x, xStride, frames, ...epilogueSignature)`; addresses in bytes, strides in elements.
 * Invariant: rows of outputs are written in steps of 16 frames, exact up to `frames`; besides them only scratch is touched.
 */
import type { Capability } from '@bitvox/wasm';
import type { DepthwiseActivations, DepthwiseShape, DepthwiseTypes, DepthwiseWeights } from './depthwise.ts';
import type { Epilogue } from './epilogue.ts';
import type { KernelTarget } from './kernel.ts';

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
  /** The bytes of the module; `epilogue` takes the sums where given. */
  readonly build: (shape: DepthwiseShape, target: KernelTarget, epilogue?: Epilogue) => Uint8Array<ArrayBuffer>;
}

/** Largest sum of magnitudes of a channel's weights for which no sum of products leaves the accumulator. */
export function sumLimit(activations: DepthwiseActivations, accumulator: DepthwiseAccumulator): number {
  if (accumulator === 'f32') return Number.POSITIVE_INFINITY;
  return Math.floor((accumulator === 'i16' ? 0x7fff : 0x7fff_ffff) / (activations === 'int8' ? 128 : 1));
}
