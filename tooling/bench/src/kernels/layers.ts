/** Single layers as ONNX models for the peers, with random weights and one random input each. */
import { Random } from '@bitvox/ternary-prng';
import { type ElementType, type Elements, integer, integers, onnxBytes, type OnnxAttribute, onnxNode, onnxTensor, onnxValue } from '../onnx-proto.ts';

/** A model with one input `x` and an input for it. */
export interface Layer {
  readonly model: Uint8Array;
  readonly x: { readonly data: Elements; readonly dims: readonly number[] };
}

/** The number types of a layer: f32 throughout, or bytes with one scale per tensor. */
export type Precision = 'f32' | 'int8';

const random = new Random(1, 'kernels');
export const randomFloats = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.uniform() - 0.5);
export const randomBytes = (count: number): Uint8Array => Uint8Array.from({ length: count }, () => random.below(256));

const count = (dims: readonly number[]): number => dims.reduce((product, size) => product * size, 1);

interface LayerParts {
  readonly op: string;
  readonly dims: { readonly x: readonly number[]; readonly w: readonly number[]; readonly y: readonly number[] };
  readonly attributes?: OnnxAttribute[];
}

/** y = op(x, w), or its quantised form QLinear<op> with zero points and scales. */
function weighted({ op, dims, attributes = [] }: LayerParts, precision: Precision): Layer {
  const type: ElementType = precision === 'f32' ? 'float32' : 'uint8';
  const data = precision === 'f32' ? randomFloats(count(dims.x)) : randomBytes(count(dims.x));
  const weights = precision === 'f32' ? randomFloats(count(dims.w)) : Int8Array.from(randomBytes(count(dims.w)));
  const quantisers =
    precision === 'f32'
      ? []
      : [
          onnxTensor('x-scale', [], Float32Array.of(0.02)),
          onnxTensor('x-zero', [], Uint8Array.of(128)),
          onnxTensor('w-scale', [], Float32Array.of(0.01)),
          onnxTensor('w-zero', [], Int8Array.of(0)),
          onnxTensor('y-scale', [], Float32Array.of(0.5)),
          onnxTensor('y-zero', [], Uint8Array.of(128)),
        ];
  const node =
    precision === 'f32'
      ? onnxNode(op, ['x', 'w'], 'y', attributes)
      : onnxNode(`QLinear${op}`, ['x', 'x-scale', 'x-zero', 'w', 'w-scale', 'w-zero', 'y-scale', 'y-zero'], 'y', attributes);
  const model = onnxBytes({
    name: op,
    nodes: [node],
    constants: [onnxTensor('w', dims.w, weights), ...quantisers],
    inputs: [onnxValue('x', dims.x, type)],
    outputs: [onnxValue('y', dims.y, type)],
  });
  return { model, x: { data, dims: dims.x } };
}

/** `m` outputs from `k` inputs for `t` frames; frames are the rows, as these runtimes like it best. */
export const matMul = ({ m, k, t }: { readonly m: number; readonly k: number; readonly t: number }, precision: Precision): Layer =>
  weighted({ op: 'MatMul', dims: { x: [t, k], w: [k, m], y: [t, m] } }, precision);

/** A convolution of a picture with `kernel × kernel` taps that keeps its size. */
export function conv2d(
  { inputs, outputs, height, width, kernel }: Readonly<Record<'inputs' | 'outputs' | 'height' | 'width' | 'kernel', number>>,
  precision: Precision,
): Layer {
  const before = (kernel - 1) >> 1;
  const after = kernel >> 1;
  const attributes = [integers('kernel_shape', [kernel, kernel]), integers('pads', [before, before, after, after])];
  return weighted(
    { op: 'Conv', attributes, dims: { x: [1, inputs, height, width], w: [outputs, inputs, kernel, kernel], y: [1, outputs, height, width] } },
    precision,
  );
}

/** One frame by weights of 4 bits in blocks of 32 with a scale each. */
export function matMulNBits({ m, k }: { readonly m: number; readonly k: number }): Layer {
  const block = 32;
  const blocks = k / block;
  const attributes = [integer('K', k), integer('N', m), integer('bits', 4), integer('block_size', block), integer('accuracy_level', 4)];
  const constants = [onnxTensor('w', [m, blocks, block / 2], randomBytes((m * k) / 2)), onnxTensor('scales', [m * blocks], randomFloats(m * blocks))];
  const nodes = [onnxNode('MatMulNBits', ['x', 'w', 'scales'], 'y', attributes, 'com.microsoft')];
  const model = onnxBytes({ name: 'MatMulNBits', nodes, constants, inputs: [onnxValue('x', [1, k])], outputs: [onnxValue('y', [1, m])] });
  return { model, x: { data: randomFloats(k), dims: [1, k] } };
}

/** Next to no work: what a call itself costs. */
export function relu(): Layer {
  const model = onnxBytes({
    name: 'Relu',
    nodes: [onnxNode('Relu', ['x'], 'y')],
    constants: [],
    inputs: [onnxValue('x', [1, 4])],
    outputs: [onnxValue('y', [1, 4])],
  });
  return { model, x: { data: randomFloats(4), dims: [1, 4] } };
}
