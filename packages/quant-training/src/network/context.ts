/**
 * What a network operation may ask for while it is turned into values of a step graph: its tensors, the phase, and places to leave
 * what the step has to carry beside its output (new running statistics, random masks, batch statistics).
 */
import type { Node, OpName } from '@bitvox/graph';
import type { Shape } from '../ir/shape.ts';
import type { StateUpdate } from '../ir/step.ts';
import type { Value } from '../ir/types.ts';

/**
 * `training`: batch statistics, dropout, running statistics move. `calibration`: batch statistics, nothing dropped, nothing moves, the
 * statistics themselves are what one wants. `evaluation`: running statistics, nothing dropped.
 */
export type Phase = 'training' | 'calibration' | 'evaluation';

/** A node of one operation. */
export type NodeOf<Name extends OpName> = Extract<Node, { readonly op: Name }>;

/** The surroundings of one node under construction. */
export interface NodeContext {
  /** Clips per step. */
  readonly batch: number;
  readonly phase: Phase;
  /** The trained tensor `<node>/<role>`, in the shape that the operation works with. */
  parameter(role: string, shape: Shape): Value<'parameter'>;
  /** A tensor of the node that is carried along, not trained. */
  state(role: string, shape: Shape): Value<'state'>;
  /** Writes a new value of a state when the step has been computed. */
  update(update: StateUpdate): void;
  /** A mask that is drawn anew for every step: `1 / (1 - rate)` with probability `1 - rate`, else 0. */
  mask(shape: Shape, rate: number): Value<'input'>;
  /** Leaves batch statistics `[2, c]` of the node for calibration. */
  statistics(value: Value): void;
}

/** Turns a node into values: the values of its inputs, `[channel, batch, 1, frame]` each, to that of its output. */
export type NetworkOp<Name extends OpName> = (node: NodeOf<Name>, inputs: readonly Value[], context: NodeContext) => Value;
