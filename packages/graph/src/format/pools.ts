/**
 * The tensors of a model as they lie in a file: all of one number type together in one entry, the pool, in the order of the nodes over all levels. A
 * text says what is there: a word for each node that may have tensors, a letter for each of them (`FORMS`, `-` for absent, none behind the last that is
 * there). Shapes follow from the graph. Invariant: what is read fills every pool exactly, and no size is believed before the pool was seen to hold it.
 */
import { GraphError } from '../errors.ts';
import type { Node } from '../graph.ts';
import { type Level, nodesOfLevels } from '../levels.ts';
import { type Tensor, tensorBytes, type TensorType } from '../model.ts';
import { decodeFixedPoint, encodeFixedPoint } from './fixed-point.ts';
import { decodeHalves, encodeHalves } from './half.ts';
import type { ContainerTensor } from './safetensors.ts';

interface Form {
  readonly type: TensorType;
  readonly dtype: ContainerTensor['dtype'];
  /** Bytes of a tensor of this shape. */
  readonly bytes: (shape: readonly number[]) => number;
  /** `null` where something would be lost. */
  readonly encode: (data: Tensor['data']) => Uint8Array | null;
  /** Of bytes that nothing else refers to. */
  readonly decode: (bytes: Uint8Array<ArrayBuffer>) => Tensor['data'];
}

const view = (data: Tensor['data']): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
const bytesAs = (type: TensorType) => (shape: readonly number[]) => tensorBytes(type, shape);

/** Ways to store a tensor by their letters; of those that lose nothing, the first is taken. */
const FORMS: Readonly<Record<string, Form>> = {
  /** 1-bit weights, rows padded to bytes. */
  b: { type: 'b1', dtype: 'U8', bytes: bytesAs('b1'), encode: view, decode: (bytes) => bytes },
  i: { type: 'i8', dtype: 'I8', bytes: bytesAs('i8'), encode: view, decode: (bytes) => new Int8Array(bytes.buffer) },
  /** Bytes times a power of two, its exponent first: only where the graph says that this is precise enough. */
  c: {
    type: 'f32',
    dtype: 'I8',
    bytes: (shape) => 1 + tensorBytes('i8', shape),
    encode: (data) => {
      const bytes = encodeFixedPoint(data as Float32Array);
      return bytes === null ? null : view(bytes);
    },
    decode: (bytes) => decodeFixedPoint(new Int8Array(bytes.buffer)),
  },
  h: { type: 'f32', dtype: 'F16', bytes: (shape) => 2 * tensorBytes('i8', shape), encode: (data) => encodeHalves(data as Float32Array), decode: decodeHalves },
  f: { type: 'f32', dtype: 'F32', bytes: bytesAs('f32'), encode: view, decode: (bytes) => new Float32Array(bytes.buffer) },
};

/** The pools with the bytes of a number, in the order of the file, so that each starts at a multiple of its numbers' size. */
const POOLS = [
  ['floats', 'F32', 4],
  ['halves', 'F16', 2],
  ['bytes', 'I8', 1],
  ['bits', 'U8', 1],
] as const satisfies readonly (readonly [string, ContainerTensor['dtype'], number])[];

interface Place {
  readonly key: string;
  readonly shape: readonly number[];
  readonly coarse: boolean;
}

/** Tensors that a node may have, frozen or in training: those of a frozen node first, the factors of a weight behind it. */
function placesOf(node: Node): Place[] {
  const places = new Map<string, Place>();
  for (const { role, shape, coarse } of [...node.frozen, ...node.tensors]) {
    if (places.has(role)) continue;
    places.set(role, { key: `${node.name}/${role}`, shape, coarse: coarse === true });
    if (role === 'weight') places.set('scale', { key: `${node.name}/scale`, shape: [shape[0]!], coarse: false });
  }
  return [...places.values()];
}

const placesIn = (levels: readonly Level[]): Place[][] => [...nodesOfLevels(levels).values()].map(placesOf).filter((places) => places.length > 0);

/** Entries of the container and the text that describes them. */
export interface Pools {
  readonly storage: string;
  readonly entries: ReadonlyMap<string, ContainerTensor>;
}

/** The pools of a checked model's tensors. */
export function writePools(levels: readonly Level[], tensors: ReadonlyMap<string, Tensor>): Pools {
  const parts = new Map<ContainerTensor['dtype'], Uint8Array[]>(POOLS.map(([, dtype]) => [dtype, []]));
  const write = ({ key, coarse }: Place): string => {
    const tensor = tensors.get(key);
    for (const [letter, { type, dtype, encode }] of Object.entries(FORMS)) {
      if (tensor?.type !== type || (letter === 'c' && !coarse)) continue;
      const bytes = encode(tensor.data);
      if (bytes === null) continue;
      parts.get(dtype)!.push(bytes);
      return letter;
    }
    return '-';
  };
  const words = placesIn(levels).map((places) => places.map(write).join('').replace(/-+$/, ''));
  const entries = new Map<string, ContainerTensor>();
  for (const [name, dtype, size] of POOLS) {
    const bytes = concatenated(parts.get(dtype)!);
    if (bytes.length > 0) entries.set(name, { dtype, shape: [bytes.length / size], bytes });
  }
  return { storage: words.join(' '), entries };
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/**
 * The tensors in pools.
 * @throws GraphError `MODEL_FILE_DAMAGED` for a text that does not fit the graph, `GRAPH_TENSOR` for pools that do not fit the text.
 */
export function readPools(levels: readonly Level[], storage: unknown, entries: ReadonlyMap<string, ContainerTensor>): Map<string, Tensor> {
  const rest = new Map<ContainerTensor['dtype'], Uint8Array>(POOLS.map(([, dtype]) => [dtype, new Uint8Array(0)]));
  for (const [name, { dtype, bytes }] of entries) {
    if (!POOLS.some((pool) => pool[0] === name && pool[1] === dtype))
      throw new GraphError(
        'GRAPH_TENSOR',
        `entry "${name.slice(0, 80)}" of ${dtype} is none of ${POOLS.map(([pool, type]) => `${pool} of ${type}`).join(', ')}.`,
      );
    rest.set(dtype, bytes);
  }
  const nodes = placesIn(levels);
  const words = typeof storage === 'string' ? storage.split(' ', nodes.length + 1) : [];
  if (words.length !== Math.max(1, nodes.length))
    throw new GraphError('MODEL_FILE_DAMAGED', `Its list of stored tensors must be a text of ${nodes.length} words.`);
  const tensors = new Map<string, Tensor>();
  const read = (letter: string, { key, shape, coarse }: Place): void => {
    const form = Object.hasOwn(FORMS, letter) ? FORMS[letter]! : undefined;
    if (form === undefined || (letter === 'c' && !coarse))
      throw new GraphError('MODEL_FILE_DAMAGED', `Tensor "${key}" is stored as ${JSON.stringify(letter)}, which is none of ${Object.keys(FORMS).join(', ')}.`);
    const pool = rest.get(form.dtype)!;
    const length = form.bytes(shape);
    if (length > pool.length) throw new GraphError('GRAPH_TENSOR', `tensor "${key}" needs ${length} bytes of ${form.dtype}, ${pool.length} are left.`);
    rest.set(form.dtype, pool.subarray(length));
    tensors.set(key, { type: form.type, shape, data: form.decode(new Uint8Array(pool.subarray(0, length))) });
  };
  nodes.forEach((places, at) => {
    if (words[at]!.length > places.length) throw new GraphError('MODEL_FILE_DAMAGED', `Its list of stored tensors has too many letters in word ${at}.`);
    [...words[at]!].forEach((letter, index) => letter === '-' || read(letter, places[index]!));
  });
  for (const [dtype, { length }] of rest) if (length > 0) throw new GraphError('GRAPH_TENSOR', `${length} bytes of ${dtype} belong to no tensor.`);
  return tensors;
}
