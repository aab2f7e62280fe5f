/**
 * Freezing: float tensors of training to those of a deployed model. Quantised weights become integers with one factor per output channel,
 * batch norm becomes `multiplier x + offset`, and where a batch norm alone reads a quantised layer it takes the layer's factors and constants.
 *
 * `multiplier = gamma / sqrt(variance + epsilon)`, `offset = beta - (mean - constant) * multiplier`, then `multiplier *= factor`; the constant of a layer is
 * its bias less what a quantizer of its input subtracts at every tap. In float64, stored as f32.
 * Invariant: integers times factors are the weights that the last forward pass of training saw.
 */
import { factorFolds, type Node, type QuantizerTag, type Tensor } from '@bitvox/graph';
import { sizeOf, type Shape } from './ir/shape.ts';
import { asLevels, nodesOf, type Trainable } from './network/levels.ts';
import { slotData, tensorsOf } from './network/slots.ts';
import { activationQuantizer, type FrozenWeights, weightQuantizer } from './quantizers/index.ts';
import { refuseFreezing } from './quantizers/quantizer.ts';

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

/** What a batch norm takes over from the layer before it. */
interface Folded {
  readonly factors: Float32Array;
  readonly constants: Float64Array;
}

type Tags = { readonly weights: QuantizerTag | null; readonly activations: QuantizerTag | null };
type Trained = (role: string) => Float32Array;

/** Quantizer tags of a node, if it has any. */
function tagsOf(node: Node): Tags {
  return 'weights' in node.attributes ? node.attributes : { weights: null, activations: null };
}

/** The constant of every output: the bias less `factor * sum of the taps of the integers * shift`. */
function constantsOf(node: Node, { activations }: Tags, { integers, scales }: FrozenWeights, trained: Trained): Float64Array {
  const constants = new Float64Array(scales.length);
  if (node.tensors.some(({ role }) => role === 'bias')) constants.set(trained('bias'));
  const quantizer = activations === null ? null : activationQuantizer(activations.name, activations);
  if (quantizer?.trainingOnly) refuseFreezing(quantizer.name);
  const role = quantizer?.shift;
  if (role === undefined) return constants;
  const shift = trained(role);
  const [outputs, inputs, ...kernel] = node.tensors.find((tensor) => tensor.role === 'weight')!.shape as [number, number, ...number[]];
  const taps = sizeOf(kernel);
  const isDepthwise = inputs === 1 && shift.length === outputs;
  integers.forEach((integer, at) => {
    const [output, input] = [Math.floor(at / (inputs * taps)), Math.floor(at / taps) % inputs];
    constants[output]! -= scales[output]! * integer * shift[isDepthwise ? output : input]!;
  });
  return constants;
}

function foldBatchNorm(node: Node & { readonly op: 'batch-norm' }, trained: Trained, folded: Folded | undefined): [role: string, data: Float32Array][] {
  const [gamma, beta, mean, variance] = ['gamma', 'beta', 'mean', 'variance'].map(trained) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const multiplier = Float64Array.from(gamma, (value, channel) => value / Math.sqrt(variance[channel]! + node.attributes.epsilon));
  const offset = Float32Array.from(beta, (value, channel) => value + ((folded?.constants[channel] ?? 0) - mean[channel]!) * multiplier[channel]!);
  return [
    ['multiplier', Float32Array.from(multiplier, (value, channel) => value * (folded?.factors[channel] ?? 1))],
    ['offset', offset],
  ];
}

/**
 * The tensors of a deployed model, by `<node>/<role>`, in the order of the nodes: weights as `b1` or `i8` (with `<node>/scale` and perhaps a bias where no
 * batch norm takes them), `multiplier` and `offset` of batch norms, thresholds that the layer needs when it runs, everything else as it was.
 * @param network a graph, or the levels of a network that can be thinned: every tensor once
 * @param tensors the f32 tensors as training hands them over
 * @throws TrainingError `TRAIN_TENSOR` if one is missing or frozen already, `TRAIN_QUANTIZER` for an unknown quantizer or one without a deployed form.
 */
export function freeze(network: Trainable, tensors: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  // Through the slots, because that checks every tensor.
  const slots = slotData(network, tensors);
  const all = tensorsOf(network, (slot) => slots.get(slot)!);
  const graphs = asLevels(network).map(({ graph }) => graph);
  const frozen = new Map<string, Tensor>();
  const folding = new Map<string, Folded>();
  for (const node of nodesOf(network)) {
    const put = (role: string, data: Float32Array, shape: Shape): unknown => frozen.set(`${node.name}/${role}`, { type: 'f32', shape, data });
    const trained: Trained = (role) => all.get(`${node.name}/${role}`)!.data as Float32Array;
    if (node.op === 'batch-norm') {
      for (const [role, data] of foldBatchNorm(node, trained, folding.get(node.inputs[0]!))) put(role, data, [data.length]);
      continue;
    }
    const tags = tagsOf(node);
    if (tags.weights === null) {
      for (const { role, shape } of node.frozen) put(role, trained(role), shape);
      continue;
    }
    const [{ shape }] = node.frozen as readonly [Node['frozen'][number]];
    const quantizer = weightQuantizer(tags.weights.name, tags.weights);
    const learned = Object.fromEntries((quantizer.roles ?? []).map((role) => [role, trained(role)]));
    const weights = quantizer.integers(trained('weight'), shape, learned);
    const { integers, scales } = weights;
    const packed: Tensor = quantizer.bits === 1 ? { type: 'b1', shape, data: packBits(integers, shape) } : { type: 'i8', shape, data: integers };
    frozen.set(`${node.name}/weight`, packed);
    const constants = constantsOf(node, tags, weights, trained);
    const folds = factorFolds(graphs, node);
    if (folds) folding.set(node.name, { factors: scales, constants });
    else put('scale', scales, [scales.length]);
    for (const { role, shape: kept } of node.frozen) {
      if (role === 'weight' || (role === 'bias' && folds)) continue;
      put(role, role === 'bias' ? Float32Array.from(constants) : trained(role), kept);
    }
  }
  return frozen;
}
