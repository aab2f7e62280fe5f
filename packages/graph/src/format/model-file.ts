/**
 * The one-file model: a safetensors container whose metadata carries the graph, labels, front end, decision settings and provenance.
 * Invariant: whatever `decodeModel` returns has passed every check; whatever fails does so with a coded error and allocates nothing big.
 *
 * Metadata keys: `format` = "bitvox", `version`, `model` (JSON), `checksum` (CRC-32 of `model` and of all tensor bytes, hexadecimal).
 * A 1-bit tensor is stored as U8 `[rows, bytes per row]`; its logical shape follows from the graph. Floats that all are numbers of half precision
 * are stored as F16; thresholds that are bytes times a power of two as I8, its exponent first.
 */
import { GraphError } from '../errors.ts';
import type { Level } from '../levels.ts';
import { checkModel, type DecisionSettings, levelsOf, type Model, type Tensor, tensorSpecs } from '../model.ts';
import type { TensorSpec } from '../ops/definition.ts';
import { crc32 } from './crc32.ts';
import { decodeFixedPoint, encodeFixedPoint } from './fixed-point.ts';
import { decodeHalves, encodeHalves } from './half.ts';
import { readNodeLists, writeNodeLists } from './node-list.ts';
import { type ContainerTensor, readContainer, writeContainer } from './safetensors.ts';

/** The version of the format that this package writes; it reads all up to this. Version 2 brought levels, short lists of nodes and short floats. */
export const MODEL_VERSION = 2;
const DEFAULT_LIMIT = 256 * 1024 * 1024;

const bytesOf = (data: Tensor['data']): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

function checksum(model: string, tensors: Iterable<ContainerTensor>): string {
  let value = crc32(new TextEncoder().encode(model));
  for (const { bytes } of tensors) value = crc32(bytes, value);
  return value.toString(16).padStart(8, '0');
}

function store(tensor: Tensor, spec: TensorSpec | undefined): ContainerTensor {
  const bytes = bytesOf(tensor.data);
  if (tensor.type === 'f32') {
    const fixed = spec?.coarse === true ? encodeFixedPoint(tensor.data as Float32Array) : null;
    if (fixed !== null) return { dtype: 'I8', shape: [fixed.length], bytes: bytesOf(fixed) };
    const halves = encodeHalves(tensor.data as Float32Array);
    return halves === null ? { dtype: 'F32', shape: tensor.shape, bytes } : { dtype: 'F16', shape: tensor.shape, bytes: halves };
  }
  if (tensor.type === 'i8') return { dtype: 'I8', shape: tensor.shape, bytes };
  return { dtype: 'U8', shape: [tensor.shape[0]!, bytes.length / tensor.shape[0]!], bytes };
}

/** Writes a model as one file, every tensor once. */
export function encodeModel(model: Model): Uint8Array<ArrayBuffer> {
  const [nodes, ...thinner] = writeNodeLists(levelsOf(model));
  const specs = tensorSpecs(levelsOf(model));
  const tensors = new Map([...model.tensors].map(([key, tensor]) => [key, store(tensor, specs.get(key))] as const));
  const description = JSON.stringify({
    name: model.graph.name,
    nodes,
    // The name of the full network, then every thinner one with its nodes.
    ...(model.levels && { level: model.levels[0]!.name, levels: thinner.map((list, at) => ({ name: model.levels![at + 1]!.name, nodes: list })) }),
    labels: model.labels,
    features: model.features,
    decision: model.decision,
    training: model.training,
  });
  const metadata = { format: 'bitvox', version: String(MODEL_VERSION), model: description, checksum: checksum(description, tensors.values()) };
  return writeContainer({ metadata, tensors });
}

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

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function readDecision(value: unknown): DecisionSettings {
  const damaged = (): never => {
    throw new GraphError('MODEL_FILE_DAMAGED', 'Its decision settings are not valid.');
  };
  if (!isRecord(value)) return damaged();
  const { smoothing, thresholds, refractory } = value;
  const isTime = (time: unknown): time is number => typeof time === 'number' && time >= 0 && time <= 60_000;
  if (!isTime(smoothing) || !isTime(refractory) || !isRecord(thresholds)) return damaged();
  if (!Object.values(thresholds).every((t) => typeof t === 'number' && t >= 0 && t <= 1)) return damaged();
  return { smoothing, refractory, thresholds: thresholds as Record<string, number> };
}

function readLevels({ name, nodes, level, levels }: Readonly<Record<string, unknown>>): Pick<Model, 'graph' | 'levels'> {
  const thinner = levels === undefined ? [] : levels;
  if (!Array.isArray(thinner) || !thinner.every(isRecord)) throw new GraphError('MODEL_FILE_DAMAGED', 'Its levels are not a list of objects.');
  const graphs = readNodeLists(name, [nodes, ...thinner.map((one) => one['nodes'])]);
  const graph = graphs[0]!;
  const names = [level, ...thinner.map((one) => one['name'])] as string[];
  return level === undefined && levels === undefined ? { graph } : { graph, levels: graphs.map((of, at): Level => ({ name: names[at]!, graph: of })) };
}

function readDescription(text: string): Omit<Model, 'tensors'> {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    throw new GraphError('MODEL_FILE_DAMAGED', 'Its description is not valid JSON.');
  }
  if (!isRecord(raw)) throw new GraphError('MODEL_FILE_DAMAGED', 'Its description is not an object.');
  const { labels, features, training } = raw;
  const areLabels =
    Array.isArray(labels) && labels.length <= 65_536 && labels.every((label) => typeof label === 'string' && label.length > 0 && label.length <= 256);
  if (!areLabels) throw new GraphError('MODEL_FILE_DAMAGED', 'Its labels are not a list of texts.');
  if (!isRecord(features) || !isRecord(training)) throw new GraphError('MODEL_FILE_DAMAGED', 'Its front end or provenance is not an object.');
  return {
    ...readLevels(raw),
    labels: labels as string[],
    features,
    training,
    decision: readDecision(raw['decision']),
  };
}

/** Options of `decodeModel`. */
export interface DecodeOptions {
  /** Largest file that is accepted, in bytes. */
  readonly maximumBytes?: number;
}

/**
 * Reads a model file.
 * @throws GraphError with a `MODEL_FILE_*` code for a bad file, a `GRAPH_*` code for a file that describes an impossible model.
 */
export function decodeModel(file: Uint8Array, { maximumBytes = DEFAULT_LIMIT }: DecodeOptions = {}): Model {
  if (file.length > maximumBytes) throw new GraphError('MODEL_FILE_TOO_LARGE', `The file has ${file.length} bytes, the limit is ${maximumBytes}.`);
  const { metadata, tensors: stored } = readContainer(file);
  if (metadata['format'] !== 'bitvox') throw new GraphError('MODEL_FILE_FORMAT', 'It is a safetensors file, but not of bitvox.');
  const version = Number(metadata['version']);
  if (!Number.isInteger(version) || version < 1) throw new GraphError('MODEL_FILE_DAMAGED', `Its version is ${JSON.stringify(metadata['version'])}.`);
  if (version > MODEL_VERSION) throw new GraphError('MODEL_FILE_VERSION', `It has version ${version}, this program reads up to ${MODEL_VERSION}.`);
  const description = metadata['model'] ?? '';
  const found = checksum(description, stored.values());
  if (found !== metadata['checksum']) throw new GraphError('MODEL_FILE_DAMAGED', `Its checksum is ${found} instead of ${metadata['checksum'] ?? 'given'}.`);
  const parts = readDescription(description);
  const specs = tensorSpecs(levelsOf(parts));
  const tensors = new Map([...stored].map(([key, tensor]) => [key, load(key, tensor, specs.get(key))] as const));
  return checkModel({ ...parts, tensors });
}
