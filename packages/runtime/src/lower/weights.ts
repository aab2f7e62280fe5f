/** Weights of a step: taken from the frozen tensors, and the largest accumulator that they can give. */
import { rowBytes, unpackSigns } from '@bitvox/bitpack';
import type { Tensor } from '@bitvox/graph';
import type { StepWeights } from '../program.ts';

/** Weights as a step keeps them. */
export function stepWeights(tensor: Tensor): StepWeights {
  if (tensor.type === 'b1') return { bits: 1, rows: tensor.data as Uint8Array };
  if (tensor.type === 'i8') return { bits: 8, values: tensor.data as Int8Array };
  return { bits: 32, values: tensor.data as Float32Array };
}

/** Products in a row of weights. */
export const weightColumns = ({ shape }: Tensor): number => shape.slice(1).reduce((product, size) => product * size, 1);

/** Integer weights as bytes, -1 and +1 or -128 to 127, `[rows][columns]`. */
export function integerWeights(weights: Exclude<StepWeights, { readonly bits: 32 }>, columns: number): Int8Array {
  return weights.bits === 8 ? weights.values : unpackSigns(weights.rows, weights.rows.length / rowBytes(columns), columns);
}

/** Largest `|z|` over all rows for inputs of magnitude up to `largest`. */
export function accumulatorBound(weights: StepWeights, columns: number, largest: number): number {
  if (weights.bits === 1) return columns * largest;
  let bound = 0;
  for (let at = 0; at < weights.values.length; at += columns) {
    let sum = 0;
    for (let column = 0; column < columns; column++) sum += Math.abs(weights.values[at + column]!);
    bound = Math.max(bound, sum * largest);
  }
  return bound;
}
