/**
 * A model: a graph with its tensors and all that is needed to run it on audio.
 * Invariant: a `Model` has been checked; every tensor that a node needs is there with its type and shape, and nothing else is.
 *
 * Float tensors are `f32`. A weight with a quantizer tag is either still `f32` (latent weights in training) or frozen: integers
 * of the tagged width in `weight`, and one real factor per output channel in `scale`. Where a batch norm follows, the factor is
 * folded into it and `scale` may be absent, which means 1.
 */
import { GraphError } from './errors.ts';
import { factorFolds, type Graph, type Node } from './graph.ts';
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
  readonly graph: Graph;
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

/** The set of tensors that a node has here: the frozen one if its first member is there. */
function tensorsOf(tensors: ModelSpec['tensors'], node: Node): readonly TensorSpec[] {
  const [first] = node.frozen;
  return first !== undefined && tensors.has(`${node.name}/${first.role}`) ? node.frozen : node.tensors;
}

/**
 * Checks that tensors and labels fit the graph.
 * @throws GraphError `GRAPH_TENSOR` naming the node and the tensor.
 */
export function checkModel(spec: ModelSpec): Model {
  const known = new Set<string>();
  for (const node of spec.graph.nodes) {
    for (const tensor of tensorsOf(spec.tensors, node)) {
      const key = `${node.name}/${tensor.role}`;
      known.add(key);
      const type = checkTensor(spec.tensors.get(key), key, tensor.shape, typesFor(tensor.bits), node);
      const scale = `${node.name}/scale`;
      if (type !== 'f32' && (spec.tensors.has(scale) || !factorFolds(spec.graph, node))) {
        known.add(scale);
        checkTensor(spec.tensors.get(scale), scale, [tensor.shape[0]!], ['f32'], node);
      }
    }
  }
  for (const key of spec.tensors.keys()) if (!known.has(key)) throw new GraphError('GRAPH_TENSOR', `tensor "${key}" belongs to no node.`);
  const output = spec.graph.nodes.at(-1)!;
  if (spec.labels.length !== output.shape.channels) {
    throw new GraphError('GRAPH_TENSOR', `the network has ${output.shape.channels} outputs but the model ${spec.labels.length} labels.`, output.name);
  }
  return spec;
}
