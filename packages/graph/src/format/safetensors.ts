/**
 * The safetensors container: 8 bytes little-endian header length, a JSON header, raw tensor bytes.
 * Invariant when reading: every size is checked against the bytes that are there before anything is allocated or copied.
 */
import { GraphError } from '../errors.ts';

const SIZES = { F32: 4, F16: 2, I8: 1, U8: 1 } as const;

/** One entry of the container. `dtype` is the container's name of the stored type. */
export interface ContainerTensor {
  readonly dtype: keyof typeof SIZES;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Contents of a container. */
export interface Container {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, ContainerTensor>;
}

const HEADER_MAXIMUM = 16 * 1024 * 1024;

/** Writes a container. The header is padded with spaces so that the tensors start at a multiple of 8. */
export function writeContainer({ metadata, tensors }: Container): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const [key, { dtype, shape, bytes }] of tensors) {
    header[key] = { dtype, shape, data_offsets: [end, end + bytes.length] };
    end += bytes.length;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(8 + headerLength + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.fill(0x20, 8, 8 + headerLength);
  file.set(text, 8);
  let at = 8 + headerLength;
  for (const { bytes } of tensors.values()) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const isType = (value: string): value is ContainerTensor['dtype'] => Object.hasOwn(SIZES, value);

function readEntry(key: string, value: unknown, dataLength: number): { dtype: ContainerTensor['dtype']; shape: number[]; start: number; end: number } {
  const damaged = (what: string): never => {
    throw new GraphError('MODEL_FILE_DAMAGED', `Tensor "${key.slice(0, 80)}" ${what}.`);
  };
  if (!isRecord(value)) return damaged('is not described by an object');
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !isType(dtype)) return damaged(`has the unknown type ${JSON.stringify(dtype)}`);
  if (!Array.isArray(shape) || shape.length > 8 || !shape.every(isSize)) return damaged('has no valid shape');
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) return damaged('has no valid offsets');
  const [start, end] = offsets as [number, number];
  const bytes = (shape as number[]).reduce((product, size) => product * size, SIZES[dtype]);
  if (end < start || end - start !== bytes) return damaged(`spans ${end - start} bytes where its shape needs ${bytes}`);
  if (end > dataLength) throw new GraphError('MODEL_FILE_TRUNCATED', `Tensor "${key.slice(0, 80)}" ends at byte ${end} of ${dataLength}.`);
  return { dtype, shape: shape as number[], start, end };
}

/**
 * Reads a container. The bytes of tensors are views into `file`; nothing is copied.
 * @throws GraphError `MODEL_FILE_FORMAT`, `MODEL_FILE_TRUNCATED`, `MODEL_FILE_DAMAGED` or `MODEL_FILE_TOO_LARGE`.
 */
export function readContainer(file: Uint8Array): Container {
  if (file.length < 16) throw new GraphError('MODEL_FILE_TRUNCATED', `The file has ${file.length} bytes, a model at least 16.`);
  const headerLength = new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true);
  if (file[8] !== 0x7b) throw new GraphError('MODEL_FILE_FORMAT', 'The file does not start with a safetensors header.');
  if (headerLength > BigInt(HEADER_MAXIMUM))
    throw new GraphError('MODEL_FILE_TOO_LARGE', `Its header would have ${headerLength} bytes, more than ${HEADER_MAXIMUM}.`);
  const dataStart = 8 + Number(headerLength);
  if (dataStart > file.length) throw new GraphError('MODEL_FILE_TRUNCATED', `Its header has ${headerLength} bytes but the file only ${file.length}.`);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(file.subarray(8, dataStart)));
  } catch {
    throw new GraphError('MODEL_FILE_DAMAGED', 'Its header is not valid JSON.');
  }
  if (!isRecord(header)) throw new GraphError('MODEL_FILE_DAMAGED', 'Its header is not an object.');
  const metadata = Object.hasOwn(header, '__metadata__') ? header['__metadata__'] : {};
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string'))
    throw new GraphError('MODEL_FILE_DAMAGED', 'Its metadata is not a table of texts.');
  // A plain view, because `slice` of a Node Buffer would not copy.
  const data = new Uint8Array(file.buffer, file.byteOffset, file.byteLength).subarray(dataStart);
  const tensors = new Map<string, ContainerTensor>();
  let expected = 0;
  for (const [key, value] of Object.entries(header)) {
    if (key === '__metadata__') continue;
    const { dtype, shape, start, end } = readEntry(key, value, data.length);
    if (start !== expected) throw new GraphError('MODEL_FILE_DAMAGED', `Tensor "${key.slice(0, 80)}" starts at byte ${start} instead of ${expected}.`);
    expected = end;
    tensors.set(key, { dtype, shape, bytes: data.subarray(start, end) });
  }
  if (expected !== data.length) throw new GraphError('MODEL_FILE_DAMAGED', `It has ${data.length} bytes of tensors but describes ${expected}.`);
  return { metadata: metadata as Record<string, string>, tensors };
}
