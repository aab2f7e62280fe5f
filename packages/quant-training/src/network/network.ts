/**
 * A network graph as values of a step: from the input of clips to the logits, with what has to be fed beside them and what changes.
 * Invariant: names are those of the graph, so that steps of different phases exchange tensors by name (see slots.ts).
 */
import { type Graph, type Node, outputOf } from '@bitvox/graph';
import { TrainingError } from '../errors.ts';
import { input, parameter, state } from '../ir/ops/leaf.ts';
import { reshape } from '../ir/ops/reshape.ts';
import type { StateUpdate } from '../ir/step.ts';
import type { Value } from '../ir/types.ts';
import { withLabel } from '../ir/value.ts';
import type { NetworkOp, NodeContext, Phase } from './context.ts';
import { NETWORK_OPS } from './ops/index.ts';

/** A random mask that has to be fed to a step. */
export interface Mask {
  /** Name of the step's input. */
  readonly name: string;
  /** Share of zeros. */
  readonly rate: number;
}

/** A network inside a step. */
export interface Network {
  /** `[classes, batch]` */
  readonly logits: Value;
  readonly masks: readonly Mask[];
  readonly stateUpdates: readonly StateUpdate[];
  /** Batch statistics `[2, c]` by batch-norm node; empty in evaluation. */
  readonly statistics: ReadonlyMap<string, Value>;
}

/** What a network is built for. */
export interface NetworkOptions {
  /** Clips per step. */
  readonly batch: number;
  readonly phase: Phase;
}

function checkGraph(graph: Graph, batch: number): void {
  if (!Number.isInteger(batch) || batch < 1) throw new TrainingError('TRAIN_RECIPE', `got a batch of ${batch}, wanted an integer of at least 1`);
  const output = outputOf(graph);
  if (output.shape.frames !== 1) {
    throw new TrainingError(
      'TRAIN_NETWORK',
      `output "${output.name}" has ${output.shape.frames} frames for a clip of ${graph.nodes[0]!.shape.frames}, wanted 1`,
    );
  }
  for (const node of graph.nodes) {
    if (node.op === 'softmax' && node !== output) throw new TrainingError('TRAIN_NETWORK', `softmax "${node.name}" is not the last node`);
  }
}

/**
 * Builds the values of a network.
 * @throws TrainingError `TRAIN_NETWORK` if the output has more than one frame, `TRAIN_QUANTIZER` for a tag that does not fit.
 */
export function buildNetwork(graph: Graph, { batch, phase }: NetworkOptions): Network {
  checkGraph(graph, batch);
  const masks: Mask[] = [];
  const stateUpdates: StateUpdate[] = [];
  const statistics = new Map<string, Value>();
  const contextOf = ({ name: node }: Node): NodeContext => ({
    batch,
    phase,
    parameter: (role, shape) => parameter(`${node}/${role}`, shape),
    state: (role, shape) => state(`${node}/${role}`, shape),
    update: (update) => stateUpdates.push(update),
    mask(shape, rate) {
      const name = `${node}/mask`;
      masks.push({ name, rate });
      return input(name, shape);
    },
    statistics: (value) => statistics.set(node, value),
  });
  const values = new Map<string, Value>();
  for (const node of graph.nodes) {
    const build = NETWORK_OPS[node.op] as NetworkOp<typeof node.op>;
    const inputs = node.inputs.map((name) => values.get(name)!);
    values.set(
      node.name,
      withLabel(node.name, () => build(node as never, inputs, contextOf(node))),
    );
  }
  const output = outputOf(graph);
  const logits = withLabel(output.name, () => reshape(values.get(output.name)!, [output.shape.channels, batch]));
  return { logits, masks, stateUpdates, statistics };
}
