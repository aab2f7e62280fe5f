/**
 * Writes a float graph as an ONNX model, so that peers can run the very same network in f32.
 * Values are `[1, channels, frames]`; the pointwise, depthwise and dense convolutions are `Conv`, the mean is `ReduceMean`.
 */
import { type Graph, inputOf, type Model, type Node, outputOf } from '@bitvox/graph';
import { float, integer, integers, onnxBytes, type OnnxNode, onnxNode, onnxTensor, type OnnxTensor, onnxValue } from './onnx-proto.ts';

/** Nodes and constants that one node of the graph becomes. */
function translate(node: Node, weights: (role: string) => Float32Array | undefined): { nodes: OnnxNode[]; constants: OnnxTensor[] } {
  const [first = '', second = ''] = node.inputs;
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
    case 'linear': {
      const { channels } = node.inputShapes[0]!;
      const constants = [constant('weight', [node.shape.channels, channels, 1])];
      if (node.attributes.bias) constants.push(constant('bias', [node.shape.channels]));
      return { nodes: [onnxNode('Conv', [first, ...constants.map(({ name }) => name)], node.name, [integers('kernel_shape', [1])])], constants };
    }
    case 'batch-norm': {
      const { channels } = node.shape;
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

/**
 * The graph as an ONNX model in f32, whatever its quantizer tags say.
 * @param tensors float tensors by `<node>/<role>`, as training leaves them or frozen
 */
export function onnxModel(graph: Graph, tensors: Model['tensors']): Uint8Array {
  const parts = graph.nodes.map((node) => translate(node, (role) => tensors.get(`${node.name}/${role}`)?.data as Float32Array | undefined));
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
