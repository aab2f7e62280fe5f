/**
 * Writes a float graph as an ONNX model, so that peers can run the very same network in f32.
 * Values are `[1, channels, frames]`; the pointwise, depthwise and dense convolutions are `Conv`, the mean is `ReduceMean`. From a convolution over
 * rows and time on, values are `[1, planes, rows, frames]` until something reads channels again: the peer reshapes as rarely as one would by hand.
 */
import { type Graph, inputOf, type Model, type Node, outputOf } from '@bitvox/graph';
import { float, integer, integers, onnxBytes, type OnnxNode, onnxNode, onnxTensor, type OnnxTensor, onnxValue } from './onnx-proto.ts';

/** What a node of the graph becomes. */
interface Translated {
  readonly nodes: OnnxNode[];
  readonly constants: OnnxTensor[];
}

/** Rows of each plane in the form that a value has; `null` where it has channels only. */
type Rows = number | null;

/** Rows that a node wants its inputs to have, given those of its first input. */
function wantedRows(node: Node, given: Rows): Rows {
  if (node.op === 'conv2d') return node.attributes.height;
  if (node.op === 'batch-norm') return node.attributes.height > 1 ? node.attributes.height : null;
  const isElementwise = ['relu', 'prelu', 'add', 'dropout'].includes(node.op);
  return isElementwise ? given : null;
}

/** Rows of what a node gives. */
const givenRows = (node: Node, wanted: Rows): Rows => (node.op === 'conv2d' ? node.shape.channels / node.attributes.channels : wanted);

/** A value in another form. */
function reshaped(source: Node, rows: Rows, name: string): Translated {
  const { channels, frames } = source.shape;
  const dims = rows === null ? [1, channels, frames] : [1, channels / rows, rows, frames];
  return {
    nodes: [onnxNode('Reshape', [source.name, `${name}/shape`], name)],
    constants: [onnxTensor(`${name}/shape`, [dims.length], BigInt64Array.from(dims, BigInt))],
  };
}

/** Nodes and constants of one node of the graph, whose inputs have the names of `inputs`. */
function translate(node: Node, inputs: readonly string[], weights: (role: string) => Float32Array | undefined): Translated {
  const [first = '', second = ''] = inputs;
  const key = (role: string): string => `${node.name}/${role}`;
  const constant = (role: string, dims: readonly number[], data = weights(role)): OnnxTensor => {
    if (data === undefined) throw new RangeError(`${key(role)} is missing`);
    return onnxTensor(key(role), dims, data);
  };
  switch (node.op) {
    case 'input':
      return { nodes: [], constants: [] };
    case 'conv1d':
    case 'depthwise-conv1d': {
      const { kernel, stride, dilation, padding, bias } = node.attributes;
      const channels = node.inputShapes[0]!.channels;
      const depthwise = node.op === 'depthwise-conv1d';
      const attributes = [
        integers('kernel_shape', [kernel]),
        integers('strides', [stride]),
        integers('dilations', [dilation]),
        integers('pads', padding),
        integer('group', depthwise ? channels : 1),
      ];
      const constants = [constant('weight', [node.shape.channels, depthwise ? 1 : channels, kernel])];
      if (bias) constants.push(constant('bias', [node.shape.channels]));
      return { nodes: [onnxNode('Conv', [first, ...constants.map(({ name }) => name)], node.name, attributes)], constants };
    }
    case 'conv2d': {
      const { channels, height, kernel, stride, padding, bias } = node.attributes;
      const [top, bottom, left, right] = padding;
      const attributes = [integers('kernel_shape', kernel), integers('strides', stride), integers('pads', [top, left, bottom, right])];
      const constants = [constant('weight', [channels, node.inputShapes[0]!.channels / height, ...kernel])];
      if (bias) constants.push(constant('bias', [channels]));
      return { nodes: [onnxNode('Conv', [first, ...constants.map(({ name }) => name)], node.name, attributes)], constants };
    }
    case 'linear': {
      const { channels } = node.inputShapes[0]!;
      const constants = [constant('weight', [node.shape.channels, channels, 1])];
      if (node.attributes.bias) constants.push(constant('bias', [node.shape.channels]));
      return { nodes: [onnxNode('Conv', [first, ...constants.map(({ name }) => name)], node.name, [integers('kernel_shape', [1])])], constants };
    }
    case 'batch-norm': {
      const channels = node.shape.channels / node.attributes.height;
      const one = new Float32Array(channels).fill(1 - node.attributes.epsilon);
      // A frozen batch norm is one of mean 0 and variance 1.
      const constants = [
        constant('gamma', [channels], weights('multiplier') ?? weights('gamma')),
        constant('beta', [channels], weights('offset') ?? weights('beta')),
        constant('mean', [channels], weights('mean') ?? new Float32Array(channels)),
        constant('variance', [channels], weights('variance') ?? one),
      ];
      return {
        nodes: [onnxNode('BatchNormalization', [first, ...constants.map(({ name }) => name)], node.name, [float('epsilon', node.attributes.epsilon)])],
        constants,
      };
    }
    case 'relu':
      return { nodes: [onnxNode('Relu', [first], node.name)], constants: [] };
    case 'prelu':
      return { nodes: [onnxNode('PRelu', [first, key('slope')], node.name)], constants: [constant('slope', [1])] };
    case 'add':
      return { nodes: [onnxNode('Add', [first, second], node.name)], constants: [] };
    case 'mean-pool': {
      if (node.inputShapes[0]!.frames !== node.attributes.window) throw new RangeError(`${node.name}: only the mean over a whole clip is written as ONNX`);
      return {
        nodes: [onnxNode('ReduceMean', [first, key('axes')], node.name, [integer('keepdims', 1)])],
        constants: [onnxTensor(key('axes'), [1], BigInt64Array.of(2n))],
      };
    }
    case 'dropout':
      return { nodes: [onnxNode('Identity', [first], node.name)], constants: [] };
    case 'softmax':
      return { nodes: [onnxNode('Softmax', [first], node.name, [integer('axis', 1)])], constants: [] };
  }
}

/** Every node of a graph, and the reshapes between them. */
function translateAll(graph: Graph, tensors: Model['tensors']): Translated[] {
  const rowsOf = new Map<string, Rows>();
  const nodeOf = new Map(graph.nodes.map((node) => [node.name, node] as const));
  return graph.nodes.flatMap((node) => {
    const wanted = wantedRows(node, rowsOf.get(node.inputs[0] ?? '') ?? null);
    const inputs = node.inputs.map((name) => ({ name, shaped: rowsOf.get(name) === wanted ? name : `${node.name}/${name}` }));
    rowsOf.set(node.name, givenRows(node, wanted));
    const reshapes = inputs.filter(({ name, shaped }) => name !== shaped).map(({ name, shaped }) => reshaped(nodeOf.get(name)!, wanted, shaped));
    const weights = (role: string): Float32Array | undefined => tensors.get(`${node.name}/${role}`)?.data as Float32Array | undefined;
    const names = inputs.map(({ shaped }) => shaped);
    return [...reshapes, translate(node, names, weights)];
  });
}

/**
 * The graph as an ONNX model in f32, whatever its quantizer tags say.
 * @param tensors float tensors by `<node>/<role>`, as training leaves them or frozen
 */
export function onnxModel(graph: Graph, tensors: Model['tensors']): Uint8Array {
  const parts = translateAll(graph, tensors);
  const input = inputOf(graph);
  const output = outputOf(graph);
  return onnxBytes({
    name: graph.name,
    nodes: parts.flatMap(({ nodes }) => nodes),
    constants: parts.flatMap(({ constants }) => constants),
    inputs: [onnxValue(input.name, [1, input.shape.channels, input.shape.frames])],
    outputs: [onnxValue(output.name, [1, output.shape.channels, output.shape.frames])],
  });
}
