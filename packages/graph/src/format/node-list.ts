/**
 * The nodes of a network and of its levels as they stand in a file: one list a level, the full network first. An entry is an object with
 * `name`, `op`, `inputs` and `attributes`, of which only what does not follow from the rest is written:
 *
 * - `inputs` left out: the entry before in this list; for the first entry of a list none.
 * - `op` left out: operation and attributes are those of the last entry of this name in the lists before.
 * - attributes left out have the operation's defaults.
 * - an entry of which nothing but the name is left is that name.
 *
 * Files of version 1 write everything out, which these rules read as well.
 */
import { GraphError } from '../errors.ts';
import { createGraph, definitionOf, type Graph, MAXIMUM_NODES, nodeSpecs, type NodeSpec } from '../graph.ts';
import { type Level, MAXIMUM_LEVELS, nodesOfLevels } from '../levels.ts';

type Entry = string | { readonly name: string; readonly op?: string; readonly inputs?: readonly string[]; readonly attributes?: object };

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const equal = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function notDefault({ op, attributes }: NodeSpec): object {
  const defaults = definitionOf(op).defaults as Readonly<Record<string, unknown>>;
  return Object.fromEntries(Object.entries(attributes).filter(([key, value]) => !(Object.hasOwn(defaults, key) && equal(value, defaults[key]))));
}

function written(node: NodeSpec, before: string | undefined, known: boolean): Entry {
  const { name, op } = node;
  const inputs = equal(node.inputs, before === undefined ? [] : [before]) ? undefined : node.inputs;
  if (known) return inputs === undefined ? name : { name, inputs };
  const attributes = notDefault(node);
  return { name, op, ...(inputs !== undefined && { inputs }), ...(Object.keys(attributes).length > 0 && { attributes }) };
}

/** The lists of a network's levels, ready for JSON. */
export function writeNodeLists(levels: readonly Level[]): Entry[][] {
  return levels.map(({ graph }, level) => {
    const known = nodesOfLevels(levels.slice(0, level));
    const specs = nodeSpecs(graph);
    return specs.map((node, at) => written(node, specs[at - 1]?.name, known.has(node.name)));
  });
}

/** The graphs of lists out of untrusted JSON, the full network first. Throws `GRAPH_*` and `MODEL_FILE_DAMAGED`. */
export function readNodeLists(name: unknown, lists: readonly unknown[]): Graph[] {
  if (lists.length > MAXIMUM_LEVELS) throw new GraphError('GRAPH_LEVEL', `a network has 1 to ${MAXIMUM_LEVELS} levels, got ${lists.length}.`);
  const known = new Map<string, { readonly op: unknown; readonly attributes: unknown }>();
  return lists.map((list) => {
    if (!Array.isArray(list) || list.length > MAXIMUM_NODES) throw new GraphError('GRAPH_NODE', `a graph needs a list of 1 to ${MAXIMUM_NODES} nodes.`);
    let before: unknown;
    const nodes = list.map((entry: unknown) => {
      const written = typeof entry === 'string' ? { name: entry } : isRecord(entry) ? entry : {};
      const layer = written['op'] === undefined ? known.get(written['name'] as string) : { op: written['op'], attributes: written['attributes'] };
      const node = { ...layer, name: written['name'], inputs: written['inputs'] ?? (before === undefined ? [] : [before]) };
      before = written['name'];
      return node;
    });
    const graph = createGraph(name as string, nodes);
    for (const { name: key, op, attributes } of graph.nodes) known.set(key, { op, attributes });
    return graph;
  });
}
