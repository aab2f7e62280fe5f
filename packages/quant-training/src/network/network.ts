/**
 * A network graph as values of a step: from the input of clips to the logits, with what has to be fed beside them and what changes.
 * Invariant: names are those of the graph, so that steps of different phases exchange tensors by name (see slots.ts).
 */
import { type Graph, outputOf } from '@bitvox/graph';
import { TrainingError } from '../errors.ts';
import { reshape } from '../ir/ops/reshape.ts';
import type { Value } from '../ir/types.ts';
import { withLabel } from '../ir/value.ts';
import type { NetworkOp } from './context.ts';
import { Leaves, type NetworkOptions } from './leaves.ts';
import { asLevels, type Trainable } from './levels.ts';
import { NETWORK_OPS } from './ops/index.ts';

/** One graph inside a step. */
export interface Network {
  /** Name of the level. */
  readonly name: string;
  /** `[classes, batch]` */
  readonly logits: Value;
  /** The value of every node, `[plane, batch, row, frame]`. */
  readonly values: ReadonlyMap<string, Value>;
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

function buildNetwork(name: string, graph: Graph, batch: number, leaves: Leaves): Network {
  checkGraph(graph, batch);
  const values = new Map<string, Value>();
  for (const node of graph.nodes) {
    const build = NETWORK_OPS[node.op] as NetworkOp<typeof node.op>;
    const inputs = node.inputs.map((input) => values.get(input)!);
    const key = `${node.name}(${inputs.map(({ id }) => id).join()})`;
    values.set(
      node.name,
      leaves.shared(key, () => withLabel(node.name, () => build(node as never, inputs, leaves.contextOf(node.name)))),
    );
  }
  const output = outputOf(graph);
  return { name, logits: withLabel(output.name, () => reshape(values.get(output.name)!, [output.shape.channels, batch])), values };
}

/**
 * Builds the values of all levels of a network over common leaves.
 * @throws TrainingError `TRAIN_NETWORK` if an output has more than one frame, `TRAIN_QUANTIZER` for a tag that does not fit.
 */
export function buildNetworks(network: Trainable, options: NetworkOptions): { readonly levels: readonly Network[]; readonly leaves: Leaves } {
  const leaves = new Leaves(options);
  return { levels: asLevels(network).map(({ name, graph }) => buildNetwork(name, graph, options.batch, leaves)), leaves };
}
