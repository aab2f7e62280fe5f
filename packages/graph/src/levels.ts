/**
 * Thinning: several graphs over one set of tensors, from the full network to the thinnest. Nodes of one name in two levels are one layer: the
 * same operation, attributes and tensors, only the inputs may differ, because a thinner level leaves layers out.
 * Invariant of checked levels: the first is the full network, all read the same input and give the same number of outputs.
 */
import { GraphError } from './errors.ts';
import { type Graph, inputOf, type Node, outputOf } from './graph.ts';

/** One way through the network. */
export interface Level {
  /** Such as `1x` or `0.5x`. */
  readonly name: string;
  readonly graph: Graph;
}

/** Most levels that a model may have. */
export const MAXIMUM_LEVELS = 8;
const NAME = /^[a-z0-9][a-z0-9.]{0,15}$/;

const fail = (detail: string, node?: string): never => {
  throw new GraphError('GRAPH_LEVEL', detail, node);
};

/** Every node of the levels, by name, as the first level that has it describes it. */
export function nodesOfLevels(levels: readonly Level[]): ReadonlyMap<string, Node> {
  const nodes = new Map<string, Node>();
  for (const { graph } of levels) for (const node of graph.nodes) if (!nodes.has(node.name)) nodes.set(node.name, node);
  return nodes;
}

/**
 * Checks that graphs are levels of one network.
 * @throws GraphError `GRAPH_LEVEL` naming the node that two levels disagree on
 */
export function checkLevels(levels: readonly Level[]): readonly Level[] {
  if (levels.length === 0 || levels.length > MAXIMUM_LEVELS) fail(`a network has 1 to ${MAXIMUM_LEVELS} levels, got ${levels.length}.`);
  const names = new Set<string>();
  for (const { name } of levels) {
    if (typeof name !== 'string' || !NAME.test(name) || names.has(name))
      fail(`every level needs a name of its own of up to 16 lower-case letters, digits and ".", got ${JSON.stringify(name)}.`);
    names.add(name);
  }
  const outputs = outputOf(levels[0]!.graph).shape.channels;
  const layers = nodesOfLevels(levels);
  for (const { name, graph } of levels) {
    if (inputOf(graph).name !== inputOf(levels[0]!.graph).name) fail(`level "${name}" names its input otherwise.`, inputOf(graph).name);
    if (outputOf(graph).shape.channels !== outputs)
      fail(`level "${name}" has ${outputOf(graph).shape.channels} outputs instead of ${outputs}.`, outputOf(graph).name);
    for (const node of graph.nodes) {
      const first = layers.get(node.name)!;
      const identity = ({ op, attributes, tensors, frozen }: Node): string => JSON.stringify([op, attributes, tensors, frozen]);
      if (node !== first && identity(node) !== identity(first)) fail(`it is another layer in level "${name}" than before.`, node.name);
    }
  }
  return levels;
}

/** The level of this name. @throws GraphError `GRAPH_LEVEL` if there is none. */
export function levelNamed(levels: readonly Level[], name: string): Level {
  return (
    levels.find((level) => level.name === name) ?? fail(`there is no level ${JSON.stringify(name)}; there are ${levels.map((level) => level.name).join(', ')}.`)
  );
}
