/**
 * What a network operation may ask for while it is turned into values of a step graph: its tensors, the phase, and places to leave
 * what the step has to carry beside its output (new running statistics, random masks, batch statistics).
 */
import type { Node, OpName } from '@bitvox/graph';
import type { Shape } from '../ir/shape.ts';
import type { Value } from '../ir/types.ts';

/**
 * `training`: batch statistics, dropout, running statistics move. `calibration`: batch statistics, nothing dropped, nothing moves, the
 * statistics themselves are what one wants. `evaluation`: running statistics, nothing dropped.
 */
export type Phase = 'training' | 'calibration' | 'evaluation';

/** A node of one operation. */
export type NodeOf<Name extends OpName> = Extract<Node, { readonly op: Name }>;

/** Statistics of a batch on their way to the running ones of a node. */
export interface CollectedStatistics {
  /** What the running statistics are a mean of. */
  readonly value: Value;
  /** Weight of the newest batch. */
  readonly momentum: number;
}

/** The surroundings of one node under construction. */
export interface NodeContext {
  /** Clips per step. */
  readonly batch: number;
  readonly phase: Phase;
  /** The trained tensor `<node>/<role>`, in the shape that the operation works with. */
  parameter(role: string, shape: Shape): Value<'parameter'>;
  /** The running statistics of the node, which are carried along, not trained. */
  statistics(shape: Shape): Value;
  /** Moves the running statistics (training) or makes them known (calibration). */
  collect(statistics: CollectedStatistics): void;
  /** An input of the step, `[channel, batch, 1, frame]`. */
  input(name: string, shape: Shape): Value<'input'>;
  /** A mask that is drawn anew for every step: `1 / (1 - rate)` with probability `1 - rate`, else 0. */
  mask(shape: Shape, rate: number): Value<'input'>;
  /** The share of the training that is over, one element; 1 outside of training. */
  progress(): Value;
  /** What `build` makes for the node, once for all levels that have it. */
  shared(part: string, build: () => Value): Value;
}

/** Turns a node into values: the values of its inputs, `[plane, batch, row, frame]` each, to that of its output. */
export type NetworkOp<Name extends OpName> = (node: NodeOf<Name>, inputs: readonly Value[], context: NodeContext) => Value;
