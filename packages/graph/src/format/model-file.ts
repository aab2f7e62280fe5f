/**
 * The one-file model: a safetensors container that carries the graph, labels, front end, decision settings, provenance and tensors.
 * Invariant: whatever `decodeModel` returns has passed every check; whatever fails does so with a coded error and allocates nothing big.
 *
 * Metadata keys: `format` = "bitvox", `version`, `checksum` (CRC-32 of all entries in their order, hexadecimal). The last entry, `model`, is
 * the description, JSON in UTF-8; those before are the numbers (`pools.ts`). Files written before pools hold the description in the metadata, at `model`,
 * where the checksum starts, and tensors by name (`named-tensors.ts`).
 */
import { GraphError } from '../errors.ts';
import { checkLevels, type Level } from '../levels.ts';
import { checkModel, type DecisionSettings, levelsOf, type Model } from '../model.ts';
import { crc32 } from './crc32.ts';
import { readNamedTensors } from './named-tensors.ts';
import { readNodeLists, writeNodeLists } from './node-list.ts';
import { readPools, writePools } from './pools.ts';
import { type ContainerTensor, readContainer, writeContainer } from './safetensors.ts';

/** The version of the format that this package writes; it reads all up to this. Version 2 brought levels, short lists of nodes, pools and short floats. */
export const MODEL_VERSION = 2;
const DEFAULT_LIMIT = 256 * 1024 * 1024;

function checksum(model: string, tensors: Iterable<ContainerTensor>): string {
  let value = crc32(new TextEncoder().encode(model));
  for (const { bytes } of tensors) value = crc32(bytes, value);
  return value.toString(16).padStart(8, '0');
}

/** Writes a model as one file, every tensor once. */
export function encodeModel(model: Model): Uint8Array<ArrayBuffer> {
  const [nodes, ...thinner] = writeNodeLists(levelsOf(model));
  const { storage, entries } = writePools(levelsOf(model), model.tensors);
  const description = JSON.stringify({
    name: model.graph.name,
    nodes,
    // The name of the full network, then every thinner one with its nodes.
    ...(model.levels && { level: model.levels[0]!.name, levels: thinner.map((list, at) => ({ name: model.levels![at + 1]!.name, nodes: list })) }),
    labels: model.labels,
    features: model.features,
    decision: model.decision,
    training: model.training,
    storage,
  });
  const text = new TextEncoder().encode(description);
  const tensors = new Map<string, ContainerTensor>([...entries, ['model', { dtype: 'U8', shape: [text.length], bytes: text }]]);
  return writeContainer({ metadata: { format: 'bitvox', version: String(MODEL_VERSION), checksum: checksum('', tensors.values()) }, tensors });
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

function readDescription(text: string): Omit<Model, 'tensors'> & { readonly storage: unknown } {
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
    storage: raw['storage'],
  };
}

function textOf(entry: ContainerTensor | undefined): string {
  try {
    if (entry?.dtype === 'U8') return new TextDecoder('utf-8', { fatal: true }).decode(entry.bytes);
  } catch {
    // Said below.
  }
  throw new GraphError('MODEL_FILE_DAMAGED', 'Its entry "model" is no text.');
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
  const found = checksum(metadata['model'] ?? '', stored.values());
  if (found !== metadata['checksum']) throw new GraphError('MODEL_FILE_DAMAGED', `Its checksum is ${found} instead of ${metadata['checksum'] ?? 'given'}.`);
  const named = metadata['model'] !== undefined;
  const { storage, ...parts } = readDescription(metadata['model'] ?? textOf(stored.get('model')));
  const levels = checkLevels(levelsOf(parts));
  if (named) return checkModel({ ...parts, tensors: readNamedTensors(levels, stored) });
  const pools = new Map([...stored].filter(([name]) => name !== 'model'));
  return checkModel({ ...parts, tensors: readPools(levels, storage, pools) });
}
