/**
 * A graph: named nodes in topological order, one `input` first, the last node is the output.
 * Invariant: a `Graph` has been checked; every node knows its shape, tensors and place in the stream.
 */
import { GraphError } from './errors.ts';
import type { OpDefinition, Shape, StreamRule, TensorSpec } from './ops/definition.ts';
import { type OpAttributes, type OpName, OPS } from './ops/index.ts';

/** A node as it is written down. */
export type NodeSpec = {
  [Name in OpName]: { readonly name: string; readonly op: Name; readonly inputs: readonly string[]; readonly attributes: OpAttributes[Name] };
}[OpName];

/** What checking adds to a node. */
export interface NodeFacts {
  /** Output shape for a clip of the length that `input` declares. */
  readonly shape: Shape;
  readonly inputShapes: readonly Shape[];
  /** Tensors while the network is trained. */
  readonly tensors: readonly TensorSpec[];
  /** Tensors in a frozen model; mostly the same. */
  readonly frozen: readonly TensorSpec[];
  readonly stream: StreamRule;
}

/** A checked node. */
export type Node = NodeSpec & NodeFacts;

/** A checked graph. */
export interface Graph {
  /** The network's name, such as `dfsmn`. */
  readonly name: string;
  readonly nodes: readonly Node[];
}

/** Most nodes a graph may have; a bound for files of strangers. */
export const MAXIMUM_NODES = 4096;
const MAXIMUM_TENSOR = 2 ** 28;
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** The definition of an operation, seen without its attribute type. */
export function definitionOf(op: OpName): OpDefinition<unknown> {
  return OPS[op] as OpDefinition<unknown>;
}

/** Attributes of untrusted JSON with the defaults of the operation. */
function completed({ defaults }: OpDefinition<unknown>, attributes: unknown): unknown {
  return typeof attributes === 'object' && attributes !== null && !Array.isArray(attributes) ? { ...(defaults as object), ...attributes } : attributes;
}

/** Checks one node against those before it. */
function checkNode(value: unknown, before: ReadonlyMap<string, Node>, position: number): Node {
  const raw = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const name = typeof raw['name'] === 'string' && NAME.test(raw['name']) ? raw['name'] : undefined;
  if (name === undefined) throw new GraphError('GRAPH_NODE', `node ${position} needs a name of up to 64 lower-case letters, digits, ".", "_" and "-".`);
  if (before.has(name)) throw new GraphError('GRAPH_NODE', 'stands twice.', name);
  const op = raw['op'];
  if (typeof op !== 'string' || !Object.hasOwn(OPS, op))
    throw new GraphError('GRAPH_NODE', `unknown operation ${JSON.stringify(op)}; known are ${Object.keys(OPS).join(', ')}.`, name);
  if ((op === 'input') !== (position === 0))
    throw new GraphError('GRAPH_NODE', position === 0 ? 'the first node must be the input.' : 'only the first node may be an input.', name);
  const definition = definitionOf(op as OpName);
  const inputs = Array.isArray(raw['inputs']) ? (raw['inputs'] as unknown[]) : [];
  if (inputs.length !== definition.arity) throw new GraphError('GRAPH_NODE', `${op} takes ${definition.arity} inputs, got ${inputs.length}.`, name);
  const sources = inputs.map((input) => {
    const source = typeof input === 'string' ? before.get(input) : undefined;
    if (source === undefined) throw new GraphError('GRAPH_NODE', `its input ${JSON.stringify(input)} does not stand before it.`, name);
    return source;
  });
  const attributes = definition.read(completed(definition, raw['attributes'] ?? {}), name);
  const inputShapes = sources.map((source) => source.shape);
  const shape = definition.shape(inputShapes, attributes, name);
  const tensors = definition.tensors(inputShapes, attributes);
  const frozen = definition.frozen?.(inputShapes, attributes) ?? tensors;
  for (const tensor of tensors) {
    const count = tensor.shape.reduce((product, size) => product * size, 1);
    if (count > MAXIMUM_TENSOR) throw new GraphError('GRAPH_SHAPE', `its ${tensor.role} would have ${count} values, more than ${MAXIMUM_TENSOR}.`, name);
  }
  const stream = definition.stream(
    sources.map((source) => source.stream),
    attributes,
    name,
  );
  return { name, op, inputs: sources.map((source) => source.name), attributes, shape, inputShapes, tensors, frozen, stream } as unknown as Node;
}

/**
 * Checks nodes and gives the graph. Accepts untrusted JSON.
 * @throws GraphError `GRAPH_NODE`, `GRAPH_ATTRIBUTE`, `GRAPH_SHAPE` or `GRAPH_STREAM`, naming the node and the reason.
 */
export function createGraph(name: string, nodes: readonly unknown[]): Graph {
  if (typeof name !== 'string' || !NAME.test(name))
    throw new GraphError('GRAPH_NODE', `the name of a graph must be up to 64 lower-case letters, digits, ".", "_" and "-", got ${JSON.stringify(name)}.`);
  if (!Array.isArray(nodes) || nodes.length === 0 || nodes.length > MAXIMUM_NODES)
    throw new GraphError('GRAPH_NODE', `a graph needs a list of 1 to ${MAXIMUM_NODES} nodes.`);
  const checked = new Map<string, Node>();
  nodes.forEach((node, position) => {
    const next = checkNode(node, checked, position);
    checked.set(next.name, next);
  });
  const used = new Set([...checked.values()].flatMap((node) => node.inputs));
  const last = [...checked.keys()].at(-1);
  for (const node of checked.values())
    if (!used.has(node.name) && node.name !== last) throw new GraphError('GRAPH_NODE', 'nothing uses it, and it is not the last node.', node.name);
  return { name, nodes: [...checked.values()] };
}

/** The nodes as they are written down, ready for JSON. */
export function nodeSpecs(graph: Graph): NodeSpec[] {
  return graph.nodes.map(({ name, op, inputs, attributes }) => ({ name, op, inputs, attributes }) as unknown as NodeSpec);
}

/** The input node of a graph. */
export function inputOf(graph: Graph): Node & { readonly op: 'input' } {
  return graph.nodes[0] as Node & { readonly op: 'input' };
}

/** The output node of a graph. */
export function outputOf(graph: Graph): Node {
  return graph.nodes.at(-1)!;
}

/** The same network for clips of another length. */
export function withFrames(graph: Graph, frames: number): Graph {
  const [first, ...rest] = nodeSpecs(graph);
  return createGraph(graph.name, [{ ...first!, attributes: { ...first!.attributes, frames } }, ...rest]);
}

/** Nodes that read the value of a node. */
export function consumersOf(graph: Graph, name: string): readonly Node[] {
  return graph.nodes.filter((node) => node.inputs.includes(name));
}

/**
 * Whether freezing folds the factors and the bias of a node's quantised weights into the batch norm that reads it: in every given graph that
 * has the node, one batch norm with a parameter per output plane is its only reader. Levels of a network may have different ones.
 */
export function factorFolds(graphs: Graph | readonly Graph[], node: Node): boolean {
  const planes = node.frozen[0]?.shape[0];
  return [graphs].flat().every((graph: Graph) => {
    if (!graph.nodes.some(({ name }) => name === node.name)) return true;
    const [reader, ...others] = consumersOf(graph, node.name);
    return reader?.op === 'batch-norm' && others.length === 0 && reader.frozen[0]!.shape[0] === planes;
  });
}
