/** The tensors that an epilogue writes for the demands on a value, and what decides their bits. */
import { RuntimeError } from '../errors.ts';
import type { ValueOutput } from '../program.ts';
import { type Demand, demandKey, factorsKey, type SignDemand, type SplitDemand, splitKey } from './demand.ts';
import type { ProgramBuilder } from './program-builder.ts';
import { chooseComparison } from './requantize.ts';
import { NONE, type Stage } from './stage.ts';
import { chooseSplit, perChannel, splitOfZero } from './two-terms.ts';

type EightBit = Extract<Demand, { readonly format: 'i8' }>;

export const isEightBit = (demand: Demand): demand is EightBit => demand.format === 'i8';
export const isSign = (demand: Demand): demand is SignDemand => demand.format === 'sign' || demand.format === 'bit';
export const isSplit = (demand: Demand): demand is SplitDemand => demand.format === 'split';

/** An affine map by channel. */
export interface AffineMap {
  readonly gains: Float64Array;
  readonly offsets: Float64Array;
}

/** Whether the sign that a demand asks for is that of an affine map of what the stage reads. */
export function isAffineSign({ activation }: Stage, demand: Demand): demand is SignDemand {
  return isSign(demand) && (demand.shifted === null || activation === NONE);
}

/** The map whose sign a demand on a stage asks for, for inputs in steps of `inputScale`. */
export function signMap(stage: Stage, inputScale: number, { shifted }: SignDemand): AffineMap {
  const { activation } = stage;
  // An activation without negative outputs makes every sign +1; a positive slope changes none.
  const isConstant = activation !== NONE && !(activation.kind === 'prelu' && activation.slope > 0);
  const shifts = shifted === null ? new Float64Array(stage.channels) : perChannel(shifted.offset, stage.channels);
  return {
    gains: stage.multiplier.map((factor) => (isConstant ? 0 : factor * inputScale)),
    offsets: stage.offset.map((offset, channel) => (isConstant ? 0 : offset + shifts[channel]!)),
  };
}

/** The 1-bit tensor of a demand on `holder`. */
export function signTensor(builder: ProgramBuilder, holder: Stage, demand: SignDemand): number {
  const fill = demand.padded ? signsOfZero(holder, demand) : null;
  return builder.tensor(holder, demandKey(demand), { ...nameOf(demand.shifted), format: demand.format, scale: 1, fill });
}

/** Forms that only one layer reads are named after it. */
const nameOf = (reader: { readonly node: string } | null): { readonly name?: string } => (reader === null ? {} : { name: reader.node });

function signsOfZero({ channels }: Stage, { shifted }: SignDemand): Int8Array {
  return shifted === null ? new Int8Array(channels).fill(1) : Int8Array.from(perChannel(shifted.offset, channels), (offset) => (offset >= 0 ? 1 : -1));
}

/** The output for a demand on a value that is kept in steps of `scale`. */
export function valueOutput(builder: ProgramBuilder, holder: Stage, demand: Demand, scale: number): ValueOutput {
  const plain = { shift: 0, comparison: null, split: null };
  if (isSign(demand)) {
    const tensor = signTensor(builder, holder, demand);
    if (demand.shifted === null) return { ...plain, tensor };
    const offsets = perChannel(demand.shifted.offset, holder.channels);
    return {
      ...plain,
      tensor,
      comparison: chooseComparison(
        offsets.map(() => scale),
        offsets,
        demand.shifted.node,
      ),
    };
  }
  if (isSplit(demand)) {
    const factors =
      demand.rule.scale === null ? builder.tensor(holder, factorsKey(demand.node), { ...nameOf(demand), format: 'i16', scale, channels: 1 }) : null;
    const split = chooseSplit(demand.rule, scale, factors, demand.node);
    const fill = demand.padded ? splitOfZero(split) : null;
    const tensor = builder.tensor(holder, splitKey(demand.node), { ...nameOf(demand), format: 'sign', scale: 1, channels: 2 * holder.channels, fill });
    return { ...plain, tensor, split };
  }
  if (!isEightBit(demand)) return { ...plain, tensor: builder.tensor(holder, demandKey(demand), { format: 'i16', scale }) };
  const shift = Math.log2(demand.scale / scale);
  if (!(shift >= 0 && shift <= 15)) {
    throw new RuntimeError(
      'RUNTIME_RANGE',
      `a consumer reads 8-bit activations of step ${demand.scale}, but the value is kept in steps of ${scale}.`,
      holder.node,
    );
  }
  return { ...plain, tensor: builder.tensor(holder, demandKey(demand), { format: 'i8', scale: demand.scale }), shift };
}
