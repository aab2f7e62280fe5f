/**
 * What the consumers of a stage want of its value, and how a stage is therefore stored.
 * Invariant: the same demand is one tensor, whoever makes it.
 */
import type { QuantizerTag } from '@bitvox/graph';
import { RuntimeError } from '../errors.ts';
import type { TensorFormat } from '../program.ts';
import { NARROW_BOUND } from './requantize.ts';
import type { Stage } from './stage.ts';

/** A form of a value. `stored` is any integer form there is; 16 bits unless it is the input. */
export type Demand = { readonly format: 'i8'; readonly scale: number } | { readonly format: 'sign' | 'bit' | 'i16' | 'f32' | 'stored' };

/** A text that two equal demands share. */
export const demandKey = (demand: Demand): string => (demand.format === 'i8' ? `i8 x ${demand.scale}` : demand.format);

/** Real value of one step of 8-bit activations: `range / 128`. */
function activationScale(tag: QuantizerTag, node: string): number {
  if (tag.bits !== 8) throw new RuntimeError('RUNTIME_QUANTIZER', `activations of ${tag.bits} bits.`, node);
  if (tag.range === undefined) throw new RuntimeError('RUNTIME_QUANTIZER', `8-bit activations ("${tag.name}") without a range.`, node);
  return tag.range / 128;
}

/** What a stage wants of its input. */
export function inputDemand(stage: Stage): Demand {
  const { weights, window } = stage;
  if (weights === null) return { format: 'stored' };
  const tag = weights.activations!;
  if (tag.bits !== 1) return { format: 'i8', scale: activationScale(tag, stage.node) };
  const pointwise = stage.op === 'conv1d' && window.kernel === 1 && window.stride === 1;
  return { format: pointwise && weights.tensor.type === 'b1' && stage.input!.channels <= NARROW_BOUND ? 'bit' : 'sign' };
}

/** Magnitude that an element of a format can have. */
export const LARGEST: Readonly<Record<Exclude<TensorFormat, 'f32'>, number>> = { i8: 128, i16: 32_768, sign: 1, bit: 1 };
