/** Weights of a step as plain integers, whatever their width in the program. */
import { rowBytes, unpackSigns } from '@bitvox/bitpack';
import type { Step, StepWeights } from '@bitvox/runtime';

/** A step of one operation with integer weights. */
export type WeightedStep<Op extends 'conv1d' | 'depthwise-conv1d'> = Extract<Step, { readonly op: Op }> & {
  readonly weights: Exclude<StepWeights, { readonly bits: 32 }>;
};

/** Values of one row: input channels times taps, or taps. */
export function rowLength(step: WeightedStep<'conv1d' | 'depthwise-conv1d'>): number {
  return (step.op === 'conv1d' ? step.inputChannels : 1) * step.window.kernel;
}

/** `[row][column]` as in the program, -1 and +1 or -128 to 127. */
export function integerWeights(step: WeightedStep<'conv1d' | 'depthwise-conv1d'>): Int8Array {
  const { weights } = step;
  if (weights.bits === 8) return weights.values;
  const columns = rowLength(step);
  return unpackSigns(weights.rows, weights.rows.length / rowBytes(columns), columns);
}
