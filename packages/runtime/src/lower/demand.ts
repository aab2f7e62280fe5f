/**
 * What the consumers of a stage want of its value, and how a stage is therefore stored.
 * Invariant: the same demand is one tensor, whoever makes it.
 */
import type { QuantizerTag } from '@bitvox/graph';
import { RuntimeError } from '../errors.ts';
import type { TensorFormat } from '../program.ts';
import { NARROW_BOUND } from './requantize.ts';
import type { Stage } from './stage.ts';
import type { SplitRule } from './two-terms.ts';

/** 1-bit activations. `padded`: whether padded frames are the sign of 0 instead of nothing. `shifted`: the layer whose offsets are added first. */
export interface SignDemand {
  readonly format: 'sign' | 'bit';
  readonly padded: boolean;
  readonly shifted: { readonly node: string; readonly offset: Float32Array } | null;
}

/** Two terms for one layer. */
export interface SplitDemand {
  readonly format: 'split';
  readonly node: string;
  readonly rule: SplitRule;
  readonly padded: boolean;
}

/** A form of a value. `stored` is any integer form there is; 16 bits unless it is the input. */
export type Demand = { readonly format: 'i8'; readonly scale: number } | SignDemand | SplitDemand | { readonly format: 'i16' | 'f32' | 'stored' };

/** A text that two equal demands share. */
export function demandKey(demand: Demand): string {
  switch (demand.format) {
    case 'i8':
      return `i8 x ${demand.scale}`;
    case 'sign':
    case 'bit':
      return [demand.format, demand.padded ? 'padded' : 'plain', demand.shifted?.node].join(' ');
    case 'split':
      return splitKey(demand.node);
    default:
      return demand.format;
  }
}

/** The key of the two terms of a layer's input, and of their factors. */
export const splitKey = (node: string): string => `split ${node}`;
export const factorsKey = (node: string): string => `factors ${node}`;

/** Real value of one step of 8-bit activations: `range / 128`. */
function activationScale(tag: QuantizerTag, node: string): number {
  if (tag.bits !== 8) throw new RuntimeError('RUNTIME_QUANTIZER', `activations of ${tag.bits} bits.`, node);
  if (tag.range === undefined) throw new RuntimeError('RUNTIME_QUANTIZER', `8-bit activations ("${tag.name}") without a range.`, node);
  return tag.range / 128;
}

/** 1-bit activations with a factor of their own in every frame or clip, which cannot leave a sum over several frames or channels: for comparison in training. */
const NOT_DEPLOYABLE = new Set(['xnor-sign', 'dual-scale-faithful']);

/** What a stage wants of its input. */
export function inputDemand(stage: Stage): Demand {
  const { weights, window, node } = stage;
  if (weights === null) return { format: 'stored' };
  const tag = weights.activations!;
  if (NOT_DEPLOYABLE.has(tag.name)) throw new RuntimeError('RUNTIME_QUANTIZER', `activations ("${tag.name}") with factors that only training computes.`, node);
  const padded = weights.padding === 'quantized';
  if (tag.bits !== 1) return { format: 'i8', scale: activationScale(tag, node) };
  if (weights.split !== null) return { format: 'split', node, rule: weights.split, padded };
  const pointwise = stage.op === 'conv1d' && window.kernel === 1 && window.stride === 1;
  const isBit = pointwise && weights.tensor.type === 'b1' && stage.input!.channels <= NARROW_BOUND;
  const shifted = weights.offset === null ? null : { node, offset: weights.offset };
  return { format: isBit ? 'bit' : 'sign', padded: padded && !isBit, shifted };
}

/** Magnitude that an element of a format can have. */
export const LARGEST: Readonly<Record<Exclude<TensorFormat, 'f32'>, number>> = { i8: 128, i16: 32_768, sign: 1, bit: 1 };
