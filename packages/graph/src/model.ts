/**
 * A model: a graph with its tensors and all that is needed to run it on audio.
 * Invariant: a `Model` has been checked; every tensor that a node needs is there with its type and shape, and nothing else is.
 *
 * Float tensors are `f32`. A weight with a quantizer tag is either still `f32` (latent weights in training) or frozen: integers
 * of the tagged width in `weight`, and one real factor per output plane in `scale`. Where a batch norm follows, factor and bias are
 * folded into it: `scale` may be absent, which means 1, and `bias`, which means 0.
 */
import { GraphError } from './errors.ts';
import { roundToBytes } from './format/fixed-point.ts';
import { roundToHalf } from './format/half.ts';
import { factorFolds, type Graph, type Node } from './graph.ts';
import { checkLevels, type Level, levelNamed, nodesOfLevels } from './levels.ts';
import type { TensorSpec } from './ops/definition.ts';

/** How the numbers of a tensor are stored. `b1`: bit 1 is +1 and bit 0 is -1, least significant bit first, each row padded to whole bytes. */
export type TensorType = 'f32' | 'i8' | 'b1';

/** A stored tensor. `shape` counts values; the first axis makes the rows of a `b1` tensor. */
export interface Tensor {
  readonly type: TensorType;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int8Array | Uint8Array;
}

/** How scores become detections. Times in milliseconds. */
export interface DecisionSettings {
  /** Scores are averaged over this time. */
  readonly smoothing: number;
  /** Score (0 to 1) at which a word is reported, by label; labels without one are never reported. */
  readonly thresholds: Readonly<Record<string, number>>;
  /** Time after a detection in which nothing is reported. */
  readonly refractory: number;
}

/** The parts of a model. */
export interface ModelSpec {
  /** The network; the first of `levels` where there are any. */
  readonly graph: Graph;
  /** All levels of a network that can be thinned at run time, the full one first. They share tensors by the names of nodes. */
  readonly levels?: readonly Level[];
  /** By `<node>/<role>`. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** One per output channel. */
  readonly labels: readonly string[];
  /** Configuration of the front end, as the features package defines it. */
  readonly features: Readonly<Record<string, unknown>>;
  readonly decision: DecisionSettings;
  /** Where the model comes from: seed, recipe, data, accuracy. Plain JSON. */
  readonly training: Readonly<Record<string, unknown>>;
}

/** A checked model. */
export type Model = ModelSpec;

const BYTES: Readonly<Record<TensorType, (shape: readonly number[]) => number>> = {
  f32: (shape) => 4 * count(shape),
  i8: (shape) => count(shape),
  b1: (shape) => shape[0]! * Math.ceil(count(shape.slice(1)) / 8),
};

function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Bytes of a tensor of this type and shape. */
export function tensorBytes(type: TensorType, shape: readonly number[]): number {
  return BYTES[type](shape);
}

const ARRAY: Readonly<Record<TensorType, (data: Tensor['data']) => boolean>> = {
  f32: (data) => data instanceof Float32Array,
  i8: (data) => data instanceof Int8Array,
  b1: (data) => data instanceof Uint8Array,
};

/** Types a tensor with this many bits may have: latent float, or frozen. */
function typesFor(bits: number): readonly TensorType[] {
  if (bits === 32) return ['f32'];
  return bits === 1 ? ['f32', 'b1'] : ['f32', 'i8'];
}

function checkTensor(tensor: Tensor | undefined, key: string, shape: readonly number[], types: readonly TensorType[], node: Node): TensorType {
  if (tensor === undefined) throw new GraphError('GRAPH_TENSOR', `tensor "${key}" is missing.`, node.name);
  const wanted = `${types.join(' or ')} of shape [${shape.join(', ')}]`;
  const fits = types.includes(tensor.type) && tensor.shape.length === shape.length && tensor.shape.every((size, axis) => size === shape[axis]);
  if (!fits) throw new GraphError('GRAPH_TENSOR', `tensor "${key}" must be ${wanted}, got ${tensor.type} of shape [${tensor.shape.join(', ')}].`, node.name);
  const bytes = tensorBytes(tensor.type, shape);
  if (!ARRAY[tensor.type](tensor.data) || tensor.data.byteLength !== bytes) {
    throw new GraphError('GRAPH_TENSOR', `tensor "${key}" must hold ${bytes} bytes, got ${tensor.data.byteLength}.`, node.name);
  }
  return tensor.type;
}

/** Whether a node holds integers and folded batch norms here, not the tensors of training. */
function isFrozen(tensors: ModelSpec['tensors'], { name }: Node): boolean {
  const weight = tensors.get(`${name}/weight`);
  return weight === undefined ? tensors.has(`${name}/multiplier`) : weight.type !== 'f32';
}

/** The levels of a model; one without any is a single level `1x`. */
export function levelsOf({ graph, levels }: Pick<ModelSpec, 'graph' | 'levels'>): readonly Level[] {
  return levels ?? [{ name: '1x', graph }];
}

/** Checks the tensors of a node and gives their names. */
function checkNodeTensors(tensors: ModelSpec['tensors'], node: Node, graphs: readonly Graph[]): string[] {
  const frozen = isFrozen(tensors, node);
  const folds = factorFolds(graphs, node);
  const keys: string[] = [];
  for (const { role, shape, bits } of frozen ? node.frozen : node.tensors) {
    const key = `${node.name}/${role}`;
    if (role === 'bias' && frozen && folds && !tensors.has(key)) continue;
    const type = checkTensor(tensors.get(key), key, shape, typesFor(bits), node);
    const scale = `${node.name}/scale`;
    keys.push(key);
    if (type === 'f32' || (folds && !tensors.has(scale))) continue;
    checkTensor(tensors.get(scale), scale, [shape[0]!], ['f32'], node);
    keys.push(scale);
  }
  return keys;
}

/**
 * Checks that levels, tensors and labels fit together.
 * @throws GraphError `GRAPH_TENSOR` naming the node and the tensor, `GRAPH_LEVEL` for graphs that are not levels of one network.
 */
export function checkModel(spec: ModelSpec): Model {
  const levels = checkLevels(levelsOf(spec));
  if (levels[0]!.graph !== spec.graph) throw new GraphError('GRAPH_LEVEL', 'the graph of a model must be that of its first level.');
  const graphs = levels.map(({ graph }) => graph);
  const known = new Set([...nodesOfLevels(levels).values()].flatMap((node) => checkNodeTensors(spec.tensors, node, graphs)));
  for (const key of spec.tensors.keys()) if (!known.has(key)) throw new GraphError('GRAPH_TENSOR', `tensor "${key}" belongs to no node.`);
  const output = spec.graph.nodes.at(-1)!;
  if (spec.labels.length !== output.shape.channels) {
    throw new GraphError('GRAPH_TENSOR', `the network has ${output.shape.channels} outputs but the model ${spec.labels.length} labels.`, output.name);
  }
  return spec;
}

/**
 * A model of one level, with the tensors of that level only.
 * @throws GraphError `GRAPH_LEVEL` if there is no such level
 */
export function modelAtLevel(model: Model, name: string): Model {
  const { levels: _, ...rest } = model;
  const { graph } = levelNamed(levelsOf(model), name);
  const names = new Set(graph.nodes.map((node) => node.name));
  const tensors = new Map([...model.tensors].filter(([key]) => names.has(key.slice(0, key.lastIndexOf('/')))));
  return checkModel({ ...rest, graph, tensors });
}

/** The specification of every tensor that a node of the levels may have, by `<node>/<role>`. */
export function tensorSpecs(levels: readonly Level[]): ReadonlyMap<string, TensorSpec> {
  const nodes = [...nodesOfLevels(levels).values()];
  return new Map(nodes.flatMap((node) => [...node.frozen, ...node.tensors].map((tensor) => [`${node.name}/${tensor.role}`, tensor] as const)));
}

/**
 * A frozen model whose floats beside weights are rounded, so that files store them in one or two bytes: thresholds to bytes with a common exponent, within
 * 2^-7 of the largest of their tensor; factors, folded batch norms and slopes to half precision, within 2^-12. A model without integer weights stays as it is.
 */
export function shortenFloats(model: Model): Model {
  if ([...model.tensors.values()].every(({ type }) => type === 'f32')) return model;
  const specs = tensorSpecs(levelsOf(model));
  const shorten = (key: string, tensor: Tensor): Tensor => {
    if (tensor.type !== 'f32' || key.endsWith('/weight')) return tensor;
    return { ...tensor, data: (specs.get(key)?.coarse === true ? roundToBytes : roundToHalf)(tensor.data as Float32Array) };
  };
  return { ...model, tensors: new Map([...model.tensors].map(([key, tensor]) => [key, shorten(key, tensor)])) };
}
