/**
 * Everything a training has to remember to go on as if it had never stopped, and its file: a safetensors container of float slots.
 * Random numbers need no entry: they depend on the seed and on counters that are here.
 *
 * Metadata keys: `format` = "bitvox-checkpoint", `version`, `state` (JSON), `checksum` (CRC-32 of `state`, slot names and slot bytes, hexadecimal).
 */
import { type ContainerTensor, crc32, GraphError, readContainer, writeContainer } from '@bitvox/graph';
import { TrainingError } from '../errors.ts';

/** Where a training stands between two steps. */
export interface Position {
  /** Epoch of the next step, from 0. */
  readonly epoch: number;
  /** Batches of that epoch that are done. */
  readonly batch: number;
  /** Steps that are done. */
  readonly step: number;
}

/** Sums over the batches of an epoch that are done. */
export interface Tally {
  readonly clips: number;
  readonly correct: number;
  /** Loss of each step times its clips. */
  readonly loss: number;
}

/** The epoch whose weights would be handed out. */
export interface Kept {
  readonly epoch: number;
  readonly accuracy: number;
}

/** A training between two steps. */
export interface Checkpoint {
  /** The nodes of the graph and the recipe as JSON texts: a resumed training must have the same. */
  readonly graph: string;
  readonly recipe: string;
  readonly position: Position;
  readonly tally: Tally;
  readonly kept: Kept | null;
  /** Slots of the step as they are, averaged ones under `average/`, those kept under `kept/`. */
  readonly slots: ReadonlyMap<string, Float32Array>;
}

/** Newest version of the file that this package reads and writes. */
export const CHECKPOINT_VERSION = 1;
const FORMAT = 'bitvox-checkpoint';

function checksum(state: string, tensors: ReadonlyMap<string, ContainerTensor>): string {
  let value = crc32(new TextEncoder().encode(state + [...tensors.keys()].join()));
  for (const { bytes } of tensors.values()) value = crc32(bytes, value);
  return value.toString(16).padStart(8, '0');
}

/** Writes a checkpoint as one file. */
export function encodeCheckpoint({ slots, ...rest }: Checkpoint): Uint8Array<ArrayBuffer> {
  const tensors = new Map(
    [...slots].map(([slot, data]) => [
      slot,
      { dtype: 'F32', shape: [data.length], bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) } as const,
    ]),
  );
  const state = JSON.stringify(rest);
  return writeContainer({ metadata: { format: FORMAT, version: String(CHECKPOINT_VERSION), state, checksum: checksum(state, tensors) }, tensors });
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const hasCounts = (value: unknown, ...keys: readonly string[]): boolean => isRecord(value) && keys.every((key) => isCount(value[key]));

function readState(text: string): Omit<Checkpoint, 'slots'> {
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch {
    throw new TrainingError('TRAIN_CHECKPOINT', 'its state is not valid JSON');
  }
  const { graph, recipe, position, tally, kept } = isRecord(state) ? state : {};
  const isGood =
    typeof graph === 'string' &&
    typeof recipe === 'string' &&
    hasCounts(position, 'epoch', 'batch', 'step') &&
    hasCounts(tally, 'clips', 'correct') &&
    Number.isFinite((tally as Record<string, unknown>)['loss']) &&
    (kept === null || (hasCounts(kept, 'epoch') && Number.isFinite((kept as Record<string, unknown>)['accuracy'])));
  if (!isGood) throw new TrainingError('TRAIN_CHECKPOINT', 'its state lacks a field or has one of another type');
  return state as Omit<Checkpoint, 'slots'>;
}

function openContainer(file: Uint8Array): ReturnType<typeof readContainer> {
  try {
    return readContainer(file);
  } catch (error) {
    if (error instanceof GraphError) throw new TrainingError('TRAIN_CHECKPOINT', error.message);
    throw error;
  }
}

/**
 * Reads a checkpoint file.
 * @throws TrainingError `TRAIN_CHECKPOINT` if the file is damaged, of another kind or newer.
 */
export function decodeCheckpoint(file: Uint8Array): Checkpoint {
  const { metadata, tensors } = openContainer(file);
  if (metadata['format'] !== FORMAT) throw new TrainingError('TRAIN_CHECKPOINT', 'the file is a safetensors container, but not a checkpoint');
  const version = Number(metadata['version']);
  if (version !== CHECKPOINT_VERSION) throw new TrainingError('TRAIN_CHECKPOINT', `got version ${metadata['version'] ?? 'none'}, wanted ${CHECKPOINT_VERSION}`);
  const text = metadata['state'] ?? '';
  const found = checksum(text, tensors);
  if (found !== metadata['checksum']) throw new TrainingError('TRAIN_CHECKPOINT', `its checksum is ${found}, wanted ${metadata['checksum'] ?? 'one'}`);
  const slots = [...tensors].map(([slot, { dtype, bytes }]) => {
    if (dtype !== 'F32') throw new TrainingError('TRAIN_CHECKPOINT', `slot "${slot}" is ${dtype}, wanted F32`);
    return [slot, new Float32Array(bytes.slice().buffer)] as const;
  });
  return { ...readState(text), slots: new Map(slots) };
}
