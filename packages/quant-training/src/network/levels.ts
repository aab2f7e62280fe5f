/**
 * What can be trained: one graph, or the levels of a network that can be thinned at run time, which share tensors by the names of their nodes
 * and are trained together.
 */
import { type Graph, type Level, type Node, nodesOfLevels } from '@bitvox/graph';

/** A graph, or levels from the full network to the thinnest. */
export type Trainable = Graph | readonly Level[];

/** The levels; a graph is a single one. */
export function asLevels(network: Trainable): readonly Level[] {
  return 'nodes' in network ? [{ name: '1x', graph: network }] : network;
}

/** Every node of all levels once, by its name. */
export function nodesOf(network: Trainable): readonly Node[] {
  return [...nodesOfLevels(asLevels(network)).values()];
}

/** The graph of the full network. */
export function fullGraph(network: Trainable): Graph {
  return asLevels(network)[0]!.graph;
}
