/** Weights of a step as plain integers, whatever their width in the program. */
import { rowBytes, unpackSigns } from '@bitvox/bitpack';
import type { Step, StepWeights } from '@bitvox/runtime';

/** An operation with weights. */
export type WeightedOp = 'conv1d' | 'conv2d' | 'depthwise-conv1d';

/** A step of one operation with integer weights. */
export type WeightedStep<Op extends WeightedOp> = Extract<Step, { readonly op: Op }> & {
  readonly weights: Exclude<StepWeights, { readonly bits: 32 }>;
};

/** Values of one row: input channels times taps, input planes times rows and frames of the kernel, or taps. */
export function rowLength(step: WeightedStep<WeightedOp>): number {
  const { inputChannels: inputs, window } = step;
  const { kernel } = window;
  if (step.op === 'depthwise-conv1d') return kernel;
  return kernel * (step.op === 'conv1d' ? inputs : (inputs / step.rows.input) * step.rows.kernel);
}

/** `[row][column]` as in the program, -1 and +1 or -128 to 127. */
export function integerWeights(step: WeightedStep<WeightedOp>): Int8Array {
  const { weights } = step;
  if (weights.bits === 8) return weights.values;
  const columns = rowLength(step);
  return unpackSigns(weights.rows, weights.rows.length / rowBytes(columns), columns);
}
