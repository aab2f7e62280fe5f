/**
 * Tar archives read in place: the headers are indexed once, members are read when asked for. ustar, GNU long names and pax paths and sizes.
 * (POSIX.1-2017 pax; blocks of 512 bytes, numbers in octal or base 256.)
 * Invariant: the index holds only members that lie whole within the archive; a header counts only with its checksum.
 */
import { DatasetError } from '../errors.ts';
import type { ByteSource } from './source.ts';

const BLOCK = 512;
/** Names and pax records are short; a longer one is damage. */
const LONGEST_NAME_RECORD = 1 << 20;

/** Where the bytes of a member lie. */
export interface TarMember {
  readonly offset: number;
  readonly size: number;
}

/** An archive with its index. */
export interface TarArchive {
  /** Regular files by name, in the order of the archive; of members with one name the last. */
  readonly members: ReadonlyMap<string, TarMember>;
  /** The bytes of a member. @throws DatasetError DATASET_MEMBER */
  read(name: string): Promise<Uint8Array>;
}

/** Opens an archive: indexes it, and reads members from the same source when asked. @throws DatasetError DATASET_TAR */
export async function openTar(source: ByteSource, name?: string): Promise<TarArchive> {
  return tarArchive(await indexTar(source, name), source, name);
}

/** An archive whose index is known. */
export function tarArchive(members: ReadonlyMap<string, TarMember>, source: ByteSource, name?: string): TarArchive {
  return {
    members,
    async read(member) {
      const place = members.get(member);
      if (place === undefined) throw new DatasetError('DATASET_MEMBER', `no member "${member}" among ${members.size}`, { file: name });
      return source.read(place.offset, place.size);
    },
  };
}

/**
 * The members of an archive; reads its headers only.
 *
 * @param name used in errors
 * @throws DatasetError DATASET_TAR
 */
export async function indexTar(source: ByteSource, name?: string): Promise<Map<string, TarMember>> {
  const members = new Map<string, TarMember>();
  let longName: string | undefined;
  let longSize: number | undefined;
  for (let offset = 0; offset + BLOCK <= source.size;) {
    const header = await source.read(offset, BLOCK);
    if (header.every((byte) => byte === 0)) break;
    const fail = (got: string): DatasetError => new DatasetError('DATASET_TAR', `${got} at byte ${offset}`, { file: name });
    if (number(header, 148, 8) !== checksum(header)) throw fail('a header whose checksum is wrong');
    const type = String.fromCharCode(header[156]);
    const size = (type === '0' || type === '\0' ? longSize : undefined) ?? number(header, 124, 12);
    const body = offset + BLOCK;
    if (!Number.isSafeInteger(size) || size < 0 || body + size > source.size) throw fail(`a member of ${size} bytes where ${source.size - body} are left`);
    if (type === 'L' || type === 'x') {
      if (size > LONGEST_NAME_RECORD) throw fail(`a name record of ${size} bytes`);
      const record = await source.read(body, size);
      if (type === 'L') longName = text(record, 0, size);
      else ({ path: longName, size: longSize } = paxRecord(record));
    } else {
      const prefix = text(header, 257, 5) === 'ustar' && text(header, 257, 6) !== 'ustar ' ? text(header, 345, 155) : '';
      const short = text(header, 0, 100);
      const full = longName ?? (prefix === '' ? short : `${prefix}/${short}`);
      if (type === '0' || type === '\0') members.set(full.replace(/^(\.\/)+/, ''), { offset: body, size });
      longName = undefined;
      longSize = undefined;
    }
    offset = body + Math.ceil(size / BLOCK) * BLOCK;
  }
  if (members.size === 0) throw new DatasetError('DATASET_TAR', 'no files', { file: name });
  return members;
}

function text(bytes: Uint8Array, from: number, length: number): string {
  const field = bytes.subarray(from, from + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

function number(bytes: Uint8Array, from: number, length: number): number {
  if (bytes[from] === 0x80) return bytes.subarray(from + 1, from + length).reduce((value, byte) => value * 256 + byte, 0);
  const digits = text(bytes, from, length).trim();
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
}

/** Sum of the header's bytes, its own checksum counted as eight spaces. */
function checksum(header: Uint8Array): number {
  let sum = 8 * 32;
  for (let index = 0; index < BLOCK; index++) if (index < 148 || index >= 156) sum += header[index];
  return sum;
}

/** Path and size of a pax extended header: records `length key=value\n`, the length counting the whole record. */
function paxRecord(bytes: Uint8Array): { path: string | undefined; size: number | undefined } {
  const values = new Map<string, string>();
  for (let offset = 0; offset < bytes.length;) {
    const space = bytes.indexOf(32, offset);
    const length = Number(text(bytes, offset, space - offset));
    if (space < 0 || !Number.isInteger(length) || length <= space - offset) break;
    const record = text(bytes, space + 1, offset + length - space - 2);
    const equals = record.indexOf('=');
    values.set(record.slice(0, equals), record.slice(equals + 1));
    offset += length;
  }
  const size = values.get('size');
  return { path: values.get('path'), size: size === undefined ? undefined : Number(size) };
}
