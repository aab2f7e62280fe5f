/**
 * Initial tensors of a network from a seed. Weights and biases are uniform in `[-1, 1) / sqrt(fan in)`, which is Kaiming-uniform with
 * `a = sqrt(5)` (He et al. 2015, the default of PyTorch's layers); batch norm starts as the identity, a slope at the graph's value, what quantizers
 * learn as their papers say: slopes and scales at 1, thresholds uniform in [0, 0.001), offsets at 0.
 * Invariant: a tensor depends on the seed and its own name only, so adding a layer does not change the others.
 */
import type { Node, Tensor, TensorSpec } from '@bitvox/graph';
import { Random } from '@bitvox/ternary-prng';
import { TrainingError } from '../errors.ts';
import { sameShape, sizeOf } from '../ir/shape.ts';
import { rectifiersBeforeSigns } from './bounds.ts';
import { nodesOf, type Trainable } from './levels.ts';

const CONSTANTS: Readonly<Record<string, number>> = {
  gamma: 1,
  beta: 0,
  mean: 0,
  variance: 1,
  'weight-alpha': 1,
  'activation-alpha-0': 1,
  'activation-alpha-1': 1,
  'residual-scale': 1,
  'weight-scale': 1,
  'activation-offset': 0,
};
const THRESHOLD = /^theta-\d$/;
const LARGEST_THRESHOLD = 0.001;

function fanIn(node: Node): number {
  const weight = node.tensors.find(({ role }) => role === 'weight');
  if (weight === undefined) throw new TrainingError('TRAIN_NETWORK', `node "${node.name}" has a bias but no weight`);
  return sizeOf(weight.shape.slice(1));
}

function initialData(node: Node, { role, shape }: TensorSpec, seed: number): Float32Array {
  const data = new Float32Array(sizeOf(shape));
  if (role === 'slope' && node.op === 'prelu') return data.fill(node.attributes.initialSlope);
  const random = new Random(seed, 'initialize', node.name, role);
  const constant = CONSTANTS[role];
  if (constant !== undefined) return data.fill(constant);
  if (THRESHOLD.test(role)) return data.map(() => LARGEST_THRESHOLD * random.uniform());
  if (role !== 'weight' && role !== 'bias') throw new TrainingError('TRAIN_NETWORK', `node "${node.name}" has a tensor of the unknown role "${role}"`);
  const bound = 1 / Math.sqrt(fanIn(node));
  return data.map(() => (2 * random.uniform() - 1) * bound);
}

/**
 * All tensors of a network before training, by `<node>/<role>`, in the order of its nodes.
 * @param seed a safe integer
 */
export function initialize(network: Trainable, seed: number): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (const node of nodesOf(network)) {
    for (const spec of node.tensors) tensors.set(`${node.name}/${spec.role}`, { type: 'f32', shape: spec.shape, data: initialData(node, spec, seed) });
  }
  return tensors;
}

/**
 * The same, but every float tensor that another network has under the same name and in the same shape is taken from there: a binary network
 * starts from its float twin. The slope of a PReLU that is only asked for its sign is not: a float network may have learned one below 0.
 */
export function initializeFrom(network: Trainable, seed: number, other: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  const own = new Set([...rectifiersBeforeSigns(network)].map((name) => `${name}/slope`));
  return new Map(
    [...initialize(network, seed)].map(([name, tensor]) => {
      const given = own.has(name) ? undefined : other.get(name);
      return [name, given?.type === 'f32' && sameShape(given.shape, tensor.shape) ? { ...given, data: given.data.slice() } : tensor];
    }),
  );
}
