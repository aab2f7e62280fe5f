/** The same network for the peers, layer by layer in f32 or in bytes: random weights, the same shapes. */
import { integer, integers, onnxBytes, type OnnxNode, onnxNode, type OnnxTensor, onnxTensor, onnxValue } from '../../onnx-proto.ts';
import { type Layer, type Precision, randomBytes, randomFloats } from '../layers.ts';
import { BANDS, FRONT_TAPS, MEMORY_TAPS, type NetShape } from './design.ts';

/** Writes nodes and their constants. */
class Writer {
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxTensor[] = [];
  readonly #precision: Precision;

  constructor(precision: Precision) {
    this.#precision = precision;
    if (precision === 'f32') return;
    this.constants.push(
      onnxTensor('scale', [], Float32Array.of(0.02)),
      onnxTensor('zero', [], Uint8Array.of(128)),
      onnxTensor('w-scale', [], Float32Array.of(0.01)),
      onnxTensor('w-zero', [], Int8Array.of(0)),
    );
  }

  /** A convolution along time that keeps the frames, with a bias as after folding a batch norm. */
  conv(x: string, y: string, outputs: number, inputs: number, taps: number, group = 1): string {
    const elements = (outputs * inputs * taps) / group;
    const side = taps >> 1;
    // One dimension where a peer knows it, which is quicker there; quantised convolutions want two.
    const flat = this.#precision === 'f32' ? [] : [1];
    const pads = this.#precision === 'f32' ? [side, side] : [0, side, 0, side];
    const attributes = [integers('kernel_shape', [...flat, taps]), integers('pads', pads), integer('group', group)];
    const dims = [outputs, inputs / group, ...flat, taps];
    if (this.#precision === 'f32') {
      this.constants.push(onnxTensor(`${y}-w`, dims, randomFloats(elements)), onnxTensor(`${y}-b`, [outputs], randomFloats(outputs)));
      this.nodes.push(onnxNode('Conv', [x, `${y}-w`, `${y}-b`], y, attributes));
    } else {
      this.constants.push(onnxTensor(`${y}-w`, dims, Int8Array.from(randomBytes(elements))), onnxTensor(`${y}-b`, [outputs], new Int32Array(outputs).fill(7)));
      this.nodes.push(onnxNode('QLinearConv', [x, 'scale', 'zero', `${y}-w`, 'w-scale', 'w-zero', 'scale', 'zero', `${y}-b`], y, attributes));
    }
    return y;
  }

  add(a: string, b: string, y: string): string {
    if (this.#precision === 'f32') this.nodes.push(onnxNode('Add', [a, b], y));
    else this.nodes.push(onnxNode('QLinearAdd', [a, 'scale', 'zero', b, 'scale', 'zero', 'scale', 'zero'], y, [], 'com.microsoft'));
    return y;
  }

  /** What keeps an f32 network from being linear. In bytes the saturation of every layer does, and nothing is added. */
  activate(x: string, y: string, channels: number): string {
    if (this.#precision === 'int8') return x;
    this.constants.push(onnxTensor(`${y}-slope`, [channels, 1], randomFloats(channels)));
    this.nodes.push(onnxNode('PRelu', [x, `${y}-slope`], y));
    return y;
  }
}

/** A network of a shape. */
export function peerNet({ channels, frames, blocks }: NetShape, precision: Precision): Layer {
  const writer = new Writer(precision);
  let sums = writer.conv('x', 'front', channels, BANDS, FRONT_TAPS);
  for (let block = 0; block < blocks; block++) {
    const name = (part: string): string => `${block}-${part}`;
    const hidden = writer.conv(sums, name('first'), channels, channels, 1);
    const memory = writer.add(writer.conv(hidden, name('memory'), channels, channels, MEMORY_TAPS, channels), hidden, name('remembered'));
    const second = writer.conv(writer.activate(memory, name('activated'), channels), name('second'), channels, channels, 1);
    sums = writer.add(second, sums, name('sums'));
  }
  const type = precision === 'f32' ? 'float32' : 'uint8';
  const dims = (planes: number): number[] => [1, planes, ...(precision === 'f32' ? [] : [1]), frames];
  const model = onnxBytes({
    name: 'net',
    nodes: writer.nodes,
    constants: writer.constants,
    inputs: [onnxValue('x', dims(BANDS), type)],
    outputs: [onnxValue(sums, dims(channels), type)],
  });
  return { model, x: { data: precision === 'f32' ? randomFloats(BANDS * frames) : randomBytes(BANDS * frames), dims: dims(BANDS) } };
}
