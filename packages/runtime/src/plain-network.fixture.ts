/** The network of a graph, node by node in real numbers with its quantizers applied: what training computes. */
import { FRAMEWISE } from './lower/stage.ts';
import { integerWeights, stepWeights } from './lower/weights.ts';
import type { Model, Node, QuantizerTag } from '@bitvox/graph';

type Value = Float64Array[];

function quantize(value: number, tag: QuantizerTag | null): number {
  if (tag === null) return value;
  if (tag.bits === 1) return value >= 0 ? 1 : -1;
  const step = tag.range! / 128;
  return Math.max(-128, Math.min(127, Math.floor(value / step + 0.5))) * step;
}

type Layer = Extract<Node, { readonly attributes: { readonly activations: unknown } }>;

/** The input of a layer as its quantizer makes it, and what it makes of 0 in every channel. */
function quantizeInput(model: Model, node: Layer, x: Value): { readonly rows: Value; readonly padded: Float64Array } {
  const tag = node.attributes.activations;
  const isQuantized = 'paddingValue' in node.attributes && node.attributes.paddingValue === 'quantized';
  const of = (role: string): ((channel: number) => number) => {
    const data = model.tensors.get(`${node.name}/${role}`)?.data;
    return (channel) => (data === undefined ? 0 : data[Math.floor((channel * data.length) / x.length)]!);
  };
  const sign = (value: number): number => (value >= 0 ? 1 : -1);
  const [offset, first, second, constant] = ['activation-offset', 'theta-0', 'theta-1', 'residual-scale'].map(of) as [
    typeof sign,
    typeof sign,
    typeof sign,
    typeof sign,
  ];
  const rest = (value: number, channel: number): number => value - sign(value - first(channel)) - second(channel);
  const isMeasured = !model.tensors.has(`${node.name}/residual-scale`);
  const factors = x[0]!.map((_, frame) => x.reduce((sum, row, channel) => sum + Math.abs(rest(row[frame]!, channel)), 0) / x.length);
  const rule = (value: number, channel: number, frame: number): number => {
    if (tag?.terms !== 2) return quantize(value + offset(channel), tag);
    return sign(value - first(channel)) + (isMeasured ? factors[frame]! : constant(channel)) * sign(rest(value, channel));
  };
  return {
    rows: x.map((row, channel) => row.map((value, frame) => rule(value, channel, frame))),
    padded: Float64Array.from(x, (_, channel) => (isQuantized ? rule(0, channel, 0) : 0)),
  };
}

/** A layer as one over rows and time: planes of rows, the window of both. */
function geometryOf(node: Layer) {
  const { attributes } = node;
  if (node.op === 'conv2d') {
    const { height, kernel, stride, padding, channels: planes } = node.attributes;
    return { height, rows: node.shape.channels / planes, kernel, stride, dilation: 1, top: padding[0], left: padding[2] };
  }
  const { kernel, stride, dilation, padding } = 'kernel' in attributes ? (attributes as Extract<Layer, { op: 'conv1d' }>['attributes']) : FRAMEWISE;
  return { height: 1, rows: 1, kernel: [1, kernel], stride: [1, stride], dilation, top: 0, left: padding[0] };
}

/** Real weights of a layer, `[row][column]`. */
function realWeights(model: Model, node: Layer, columns: number): (row: number, column: number) => number {
  const tensor = model.tensors.get(`${node.name}/weight`)!;
  const weights = stepWeights(tensor);
  const scale = model.tensors.get(`${node.name}/scale`)?.data;
  const values = weights.bits === 32 ? weights.values : integerWeights(weights, columns);
  return (row, column) => values[row * columns + column]! * (scale === undefined ? 1 : scale[row]!);
}

/** A layer that multiplies, one product after the other. */
function evaluateLayer(model: Model, node: Layer, x: Value): Value {
  const { rows, padded } = quantizeInput(model, node, x);
  const { height, rows: outputs, kernel, stride, dilation, top, left } = geometryOf(node);
  const planes = node.op === 'depthwise-conv1d' ? 1 : x.length / height;
  const weight = realWeights(model, node, planes * kernel[0]! * kernel[1]!);
  const bias = model.tensors.get(`${node.name}/bias`)?.data;
  return Array.from({ length: node.shape.channels }, (_, channel) =>
    Float64Array.from({ length: node.shape.frames }, (__, frame) => {
      const output = Math.floor(channel / outputs);
      let [sum, column] = [bias?.[output] ?? 0, 0];
      for (let plane = 0; plane < planes; plane++) {
        for (let j = 0; j < kernel[0]!; j++) {
          for (let k = 0; k < kernel[1]!; k++, column++) {
            const row = (channel % outputs) * stride[0]! + j - top;
            if (row < 0 || row >= height) continue;
            const source = node.op === 'depthwise-conv1d' ? channel : plane * height + row;
            sum += weight(output, column) * (rows[source]![frame * stride[1]! + k * dilation - left] ?? padded[source]!);
          }
        }
      }
      return sum;
    }),
  );
}

function evaluateNode(model: Model, node: Node, inputs: readonly Value[]): Value {
  const floats = (role: string): Float32Array => model.tensors.get(`${node.name}/${role}`)!.data as Float32Array;
  const [x, y] = inputs as [Value, Value];
  const map = (rule: (value: number, channel: number, frame: number) => number): Value =>
    x.map((row, channel) => row.map((value, frame) => rule(value, channel, frame)));
  switch (node.op) {
    case 'input':
    case 'dropout':
    case 'softmax':
      return x;
    case 'relu':
      return map((value) => Math.max(0, value));
    case 'prelu':
      return map((value) => (value < 0 ? value * floats('slope')[0]! : value));
    case 'add':
      return map((value, channel, frame) => value + y[channel]![frame]!);
    case 'batch-norm': {
      const [gamma, beta, mean, variance] = [floats('gamma'), floats('beta'), floats('mean'), floats('variance')];
      return map((value, channel) => {
        const c = Math.floor(channel / node.attributes.height);
        return (gamma[c]! * (value - mean[c]!)) / Math.sqrt(variance[c]! + node.attributes.epsilon) + beta[c]!;
      });
    }
    case 'mean-pool': {
      const { window } = node.attributes;
      return x.map((row) =>
        Float64Array.from({ length: node.shape.frames }, (_, t) => row.subarray(t, t + window).reduce((sum, value) => sum + value, 0) / window),
      );
    }
    default:
      return evaluateLayer(model, node, x);
  }
}

/** Logits of a clip, `[label][frame]`. */
export function plainNetwork(model: Model, frames: Uint8Array): Value {
  const values = new Map<string, Value>();
  let last: Value = [];
  for (const node of model.graph.nodes) {
    if (node.op === 'input') {
      const { channels, frames: count, scale } = node.attributes;
      last = Array.from({ length: channels }, (_, band) =>
        Float64Array.from({ length: count }, (__, frame) => (frames[frame * channels + band]! - 128) * scale),
      );
    } else {
      last = evaluateNode(
        model,
        node,
        node.inputs.map((name) => values.get(name)!),
      );
    }
    values.set(node.name, last);
  }
  return last;
}
