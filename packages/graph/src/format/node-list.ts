/**
 * The nodes of a network and of its levels as they stand in a file: one list a level, the full network first. An entry is an object with
 * `name`, `op`, `inputs` and `attributes`, of which only what does not follow from the rest is written:
 *
 * - `inputs` left out: the entry before in this list; for the first entry of a list none.
 * - `op` left out: operation and attributes are those of the last entry before that is named `like`, or has the same name.
 * - attributes left out have the operation's defaults.
 * - an entry of which nothing but the name is left is that name.
 * - `{ repeat, times, step }` stands for the last `repeat` entries, again `times` times, each time with the first number in their names and in the names of
 *   their inputs higher by `step` (`repetition.ts`).
 *
 * Files of version 1 write everything out, which these rules read as well.
 */
import { GraphError } from '../errors.ts';
import { createGraph, definitionOf, type Graph, MAXIMUM_NODES, nodeSpecs, type NodeSpec } from '../graph.ts';
import { type Level, MAXIMUM_LEVELS } from '../levels.ts';
import { type Entry, foldRepetitions, type Repetition, unfoldRepetitions, type Written } from './repetition.ts';

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const equal = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function notDefault({ op, attributes }: NodeSpec): object {
  const defaults = definitionOf(op).defaults as Readonly<Record<string, unknown>>;
  return Object.fromEntries(Object.entries(attributes).filter(([key, value]) => !(Object.hasOwn(defaults, key) && equal(value, defaults[key]))));
}

/** The lists of a network's levels, ready for JSON. */
export function writeNodeLists(levels: readonly Level[]): (Entry | Repetition)[][] {
  /** Names by what they stand for: a node, and operation and attributes of any. */
  const [known, models] = [new Set<string>(), new Map<string, string>()];
  const describe = (node: NodeSpec): Partial<Written> => {
    if (known.has(node.name)) return {};
    known.add(node.name);
    const { op } = node;
    const attributes = notDefault(node);
    if (Object.keys(attributes).length === 0) return { op };
    const text = JSON.stringify([op, attributes]);
    const like = models.get(text);
    if (like !== undefined) return { like };
    models.set(text, node.name);
    return { op, attributes };
  };
  return levels.map(({ graph }) => {
    const entries = nodeSpecs(graph).map((node, at, specs): Entry => {
      const inputs = equal(node.inputs, at === 0 ? [] : [specs[at - 1]!.name]) ? {} : { inputs: node.inputs };
      const { attributes, ...rest } = describe(node);
      const entry: Written = { name: node.name, ...rest, ...inputs, ...(attributes && { attributes }) };
      return Object.keys(entry).length === 1 ? node.name : entry;
    });
    return foldRepetitions(entries);
  });
}

/** The graphs of lists out of untrusted JSON, the full network first. Throws `GRAPH_*` and `MODEL_FILE_DAMAGED`. */
export function readNodeLists(name: unknown, lists: readonly unknown[]): Graph[] {
  if (lists.length > MAXIMUM_LEVELS) throw new GraphError('GRAPH_LEVEL', `a network has 1 to ${MAXIMUM_LEVELS} levels, got ${lists.length}.`);
  const known = new Map<unknown, { readonly op: unknown; readonly attributes: unknown }>();
  return lists.map((list) => {
    if (!Array.isArray(list) || list.length > MAXIMUM_NODES) throw new GraphError('GRAPH_NODE', `a graph needs a list of 1 to ${MAXIMUM_NODES} nodes.`);
    let before: unknown;
    const nodes = unfoldRepetitions(list, MAXIMUM_NODES).map((entry) => {
      const written = typeof entry === 'string' ? { name: entry } : isRecord(entry) ? entry : {};
      const { op, attributes } = written;
      const layer = op === undefined ? known.get(written['like'] ?? written['name']) : { op, attributes };
      if (layer !== undefined) known.set(written['name'], layer);
      const node = { ...layer, name: written['name'], inputs: written['inputs'] ?? (before === undefined ? [] : [before]) };
      before = written['name'];
      return node;
    });
    return createGraph(name as string, nodes);
  });
}
