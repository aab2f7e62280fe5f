/** The network of a graph, node by node in real numbers with its quantizers applied: what training computes. */
import { integerWeights, stepWeights } from './lower/weights.ts';
import type { Model, Node, QuantizerTag } from '@bitvox/graph';

type Value = Float64Array[];

function quantize(value: number, tag: QuantizerTag | null): number {
  if (tag === null) return value;
  if (tag.bits === 1) return value >= 0 ? 1 : -1;
  const step = tag.range! / 128;
  return Math.max(-128, Math.min(127, Math.floor(value / step + 0.5))) * step;
}

/** Real weights of a layer, `[row][column]`. */
function realWeights(model: Model, node: Node, columns: number): (row: number, column: number) => number {
  const tensor = model.tensors.get(`${node.name}/weight`)!;
  const weights = stepWeights(tensor);
  const scale = model.tensors.get(`${node.name}/scale`)?.data;
  const values = weights.bits === 32 ? weights.values : integerWeights(weights, columns);
  return (row, column) => values[row * columns + column]! * (scale === undefined ? 1 : scale[row]!);
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
      return map((value, c) => (gamma[c]! * (value - mean[c]!)) / Math.sqrt(variance[c]! + node.attributes.epsilon) + beta[c]!);
    }
    case 'mean-pool': {
      const { window } = node.attributes;
      return x.map((row) =>
        Float64Array.from({ length: node.shape.frames }, (_, t) => row.subarray(t, t + window).reduce((sum, value) => sum + value, 0) / window),
      );
    }
    default: {
      const { kernel, stride, dilation, padding } = node.op === 'linear' ? { kernel: 1, stride: 1, dilation: 1, padding: [0, 0] } : node.attributes;
      const depthwise = node.op === 'depthwise-conv1d';
      const quantized = x.map((row) => row.map((value) => quantize(value, node.attributes.activations)));
      const sources = depthwise ? 1 : x.length;
      const weight = realWeights(model, node, sources * kernel);
      return Array.from({ length: node.shape.channels }, (_, channel) =>
        Float64Array.from({ length: node.shape.frames }, (__, frame) => {
          let sum = node.attributes.bias ? floats('bias')[channel]! : 0;
          for (let source = 0; source < sources; source++) {
            const row = quantized[depthwise ? channel : source]!;
            for (let tap = 0; tap < kernel; tap++) sum += weight(channel, source * kernel + tap) * (row[frame * stride + tap * dilation - padding[0]!] ?? 0);
          }
          return sum;
        }),
      );
    }
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
