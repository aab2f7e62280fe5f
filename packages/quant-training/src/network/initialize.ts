/**
 * Initial tensors of a network from a seed. Weights and biases are uniform in `[-1, 1) / sqrt(fan in)`, which is Kaiming-uniform with
 * `a = sqrt(5)` (He et al. 2015, the default of PyTorch's layers); batch norm starts as the identity, a slope at the graph's value.
 * Invariant: a tensor depends on the seed and its own name only, so adding a layer does not change the others.
 */
import type { Graph, Node, Tensor, TensorSpec } from '@bitvox/graph';
import { Random } from '@bitvox/ternary-prng';
import { TrainingError } from '../errors.ts';
import { sizeOf } from '../ir/shape.ts';

const CONSTANTS: Readonly<Record<string, number>> = { gamma: 1, beta: 0, mean: 0, variance: 1 };

function fanIn(node: Node): number {
  const weight = node.tensors.find(({ role }) => role === 'weight');
  if (weight === undefined) throw new TrainingError('TRAIN_NETWORK', `node "${node.name}" has a bias but no weight`);
  return sizeOf(weight.shape.slice(1));
}

function initialData(node: Node, { role, shape }: TensorSpec, seed: number): Float32Array {
  const data = new Float32Array(sizeOf(shape));
  if (role === 'slope' && node.op === 'prelu') return data.fill(node.attributes.initialSlope);
  const constant = CONSTANTS[role];
  if (constant !== undefined) return data.fill(constant);
  if (role !== 'weight' && role !== 'bias') throw new TrainingError('TRAIN_NETWORK', `node "${node.name}" has a tensor of the unknown role "${role}"`);
  const random = new Random(seed, 'initialize', node.name, role);
  const bound = 1 / Math.sqrt(fanIn(node));
  return data.map(() => (2 * random.uniform() - 1) * bound);
}

/**
 * All tensors of `graph` before training, by `<node>/<role>`, in the order of its nodes.
 * @param seed a safe integer
 */
export function initialize(graph: Graph, seed: number): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (const node of graph.nodes) {
    for (const spec of node.tensors) tensors.set(`${node.name}/${spec.role}`, { type: 'f32', shape: spec.shape, data: initialData(node, spec, seed) });
  }
  return tensors;
}
