/**
 * Freezing: float tensors of training to those of a deployed model. Quantised weights become integers with one factor per output channel,
 * batch norm becomes `multiplier x + offset`, and where a batch norm alone reads a quantised layer it takes the layer's factors.
 *
 * `multiplier = gamma / sqrt(variance + epsilon)`, `offset = beta - mean * multiplier`, then `multiplier *= factor`; in float64, stored as f32.
 * Invariant: integers times factors are the weights that the last forward pass of training saw.
 */
import { factorFolds, type Graph, type Node, type QuantizerTag, type Tensor } from '@bitvox/graph';
import { sizeOf, type Shape } from './ir/shape.ts';
import { slotData, tensorsOf } from './network/slots.ts';
import { weightQuantizer } from './quantizers/index.ts';

/** Rows of +1 and -1 as bits: 1 for +1, least significant bit first, each row padded with 0 to whole bytes. */
export function packBits(integers: Int8Array, shape: Shape): Uint8Array {
  const columns = sizeOf(shape.slice(1));
  const rowBytes = Math.ceil(columns / 8);
  const packed = new Uint8Array(shape[0]! * rowBytes);
  integers.forEach((integer, at) => {
    const column = at % columns;
    if (integer > 0) packed[Math.floor(at / columns) * rowBytes + (column >> 3)]! |= 1 << (column & 7);
  });
  return packed;
}

/** The quantizer of a node's weights, if it has any. */
function weightTag(node: Node): QuantizerTag | null {
  return 'weights' in node.attributes ? node.attributes.weights : null;
}

interface Frozen {
  readonly weight: Tensor;
  readonly factors: Float32Array;
}

function freezeWeight(tag: QuantizerTag, { shape, data }: Tensor): Frozen {
  const { integers, scales } = weightQuantizer(tag.name, tag).integers(data as Float32Array, shape);
  const weight: Tensor = tag.bits === 1 ? { type: 'b1', shape, data: packBits(integers, shape) } : { type: 'i8', shape, data: integers };
  return { weight, factors: scales };
}

function foldBatchNorm(node: Node & { readonly op: 'batch-norm' }, data: (role: string) => Float32Array, factors: Float32Array | undefined): [Tensor, Tensor] {
  const [gamma, beta, mean, variance] = ['gamma', 'beta', 'mean', 'variance'].map(data) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const multiplier = Float64Array.from(gamma, (value, channel) => value / Math.sqrt(variance[channel]! + node.attributes.epsilon));
  const offset = Float32Array.from(beta, (value, channel) => value - mean[channel]! * multiplier[channel]!);
  const folded = Float32Array.from(multiplier, (value, channel) => value * (factors?.[channel] ?? 1));
  const shape = [node.shape.channels];
  return [
    { type: 'f32', shape, data: folded },
    { type: 'f32', shape, data: offset },
  ];
}

/**
 * The tensors of a deployed model, by `<node>/<role>`, in the order of the nodes: weights as `b1` or `i8` (with `<node>/scale` where no batch
 * norm takes the factors), `multiplier` and `offset` of batch norms, everything else as it was.
 * @param tensors the f32 tensors of `graph` as training hands them over
 * @throws TrainingError `TRAIN_TENSOR` if one is missing or frozen already, `TRAIN_QUANTIZER` for an unknown quantizer.
 */
export function freeze(graph: Graph, tensors: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  // Through the slots, because that checks every tensor.
  const slots = slotData(graph, tensors);
  const trained = tensorsOf(graph, (slot) => slots.get(slot)!);
  const frozen = new Map<string, Tensor>();
  const folding = new Map<string, Float32Array>();
  for (const node of graph.nodes) {
    const put = (role: string, tensor: Tensor): unknown => frozen.set(`${node.name}/${role}`, tensor);
    if (node.op === 'batch-norm') {
      const [multiplier, offset] = foldBatchNorm(node, (role) => trained.get(`${node.name}/${role}`)!.data as Float32Array, folding.get(node.inputs[0]!));
      put('multiplier', multiplier);
      put('offset', offset);
      continue;
    }
    const tag = weightTag(node);
    for (const { role } of node.tensors) {
      const tensor = trained.get(`${node.name}/${role}`)!;
      if (role !== 'weight' || tag === null) {
        put(role, tensor);
        continue;
      }
      const { weight, factors } = freezeWeight(tag, tensor);
      put(role, weight);
      if (factorFolds(graph, node)) folding.set(node.name, factors);
      else put('scale', { type: 'f32', shape: [factors.length], data: factors });
    }
  }
  return frozen;
}
