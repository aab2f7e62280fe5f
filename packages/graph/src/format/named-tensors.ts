/**
 * Tensors that have an entry of their own by the name `<node>/<role>`, as files had before pools (`pools.ts`). A 1-bit tensor is U8 `[rows, bytes per
 * row]`; floats are F32, F16, or, where the graph says that bytes are precise enough, I8 with an exponent first.
 */
import { GraphError } from '../errors.ts';
import type { Level } from '../levels.ts';
import { type Tensor, tensorSpecs } from '../model.ts';
import type { TensorSpec } from '../ops/definition.ts';
import { decodeFixedPoint } from './fixed-point.ts';
import { decodeHalves } from './half.ts';
import type { ContainerTensor } from './safetensors.ts';

function load(key: string, stored: ContainerTensor, spec: TensorSpec | undefined): Tensor {
  const copy = stored.bytes.slice();
  const logicalShape = spec?.shape ?? stored.shape;
  if (stored.dtype === 'I8' && spec?.coarse === true) return { type: 'f32', shape: [copy.length - 1], data: decodeFixedPoint(new Int8Array(copy.buffer)) };
  if (stored.dtype === 'F16') return { type: 'f32', shape: stored.shape, data: decodeHalves(stored.bytes) };
  if (stored.dtype === 'F32') return { type: 'f32', shape: stored.shape, data: new Float32Array(copy.buffer) };
  if (stored.dtype === 'I8') return { type: 'i8', shape: stored.shape, data: new Int8Array(copy.buffer) };
  const rowBytes = Math.ceil(logicalShape.slice(1).reduce((product, size) => product * size, 1) / 8);
  if (stored.shape.length !== 2 || stored.shape[0] !== logicalShape[0] || stored.shape[1] !== rowBytes) {
    throw new GraphError('GRAPH_TENSOR', `1-bit tensor "${key}" must be stored as [${logicalShape[0]}, ${rowBytes}] bytes, got [${stored.shape.join(', ')}].`);
  }
  return { type: 'b1', shape: logicalShape, data: copy };
}

/** The tensors of entries; whether they fit the graph is for `checkModel` to say. Throws `GRAPH_TENSOR` for 1-bit rows of another length. */
export function readNamedTensors(levels: readonly Level[], entries: ReadonlyMap<string, ContainerTensor>): Map<string, Tensor> {
  const specs = tensorSpecs(levels);
  return new Map([...entries].map(([key, tensor]) => [key, load(key, tensor, specs.get(key))] as const));
}
