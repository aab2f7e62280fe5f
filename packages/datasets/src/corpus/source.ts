/** Bytes that can be read in pieces: a file, a Blob of a page, an array. */
import { DatasetError } from '../errors.ts';

/** Random access to a run of bytes. */
export interface ByteSource {
  /** Length in bytes. */
  readonly size: number;
  /** Exactly `length` bytes from `offset`; rejects with DATASET_READ where they do not exist. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Bytes in memory; what is read is a view, not a copy. */
export function sourceOfBytes(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    async read(offset, length) {
      return bytes.subarray(offset, checkedEnd(bytes.length, offset, length));
    },
  };
}

/** A Blob or File of a page. */
export function sourceOfBlob(blob: Blob): ByteSource {
  return {
    size: blob.size,
    async read(offset, length) {
      return new Uint8Array(await blob.slice(offset, checkedEnd(blob.size, offset, length)).arrayBuffer());
    },
  };
}

/** `offset + length`, if it lies within `size`. @throws DatasetError DATASET_READ */
export function checkedEnd(size: number, offset: number, length: number): number {
  const end = offset + length;
  if (!(offset >= 0 && length >= 0 && end <= size)) throw new DatasetError('DATASET_READ', `bytes ${offset} to ${end} of ${size}`);
  return end;
}
