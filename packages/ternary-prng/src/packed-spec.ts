/**
 * The packed layer: all that is ever stored of a random ternary matrix. Little-endian:
 *
 * | byte | field |
 * | --- | --- |
 * | 0 | u8 version, 1 |
 * | 1 | u8 generator: 0 iid, 1 balanced, 2 low-discrepancy |
 * | 2 | u8 number of path elements |
 * | 3 | u8 zero |
 * | 4, 6 | u16 rows, u16 columns |
 * | 8 | u32 density in multiples of 2^-31 |
 * | 12, 16 | u32 seed modulo 2^32, i32 floor(seed / 2^32) |
 * | 20 | path elements: u8 1, u32 low, i32 high (an integer); or u8 2, u16 length, u16 code units (a string) |
 *
 * Invariant: unpacking checks every field before anything is allocated, and `packSpec(unpackSpec(bytes))` gives the same bytes.
 */
import { TernaryPrngError } from './errors.ts';
import { DENSITY_UNITS, planTernary, TERNARY_GENERATORS, ternaryMatrixSpec, type TernaryMatrixSpec } from './spec.ts';

const VERSION = 1;
const HEADER_BYTES = 20;
const TWO_TO_32 = 2 ** 32;

/**
 * The bytes of a spec: 20, plus 9 for each integer and 3 + 2·length for each string of the path.
 * @throws TernaryPrngError TERNARY_PRNG_SPEC
 */
export function packSpec(input: TernaryMatrixSpec): Uint8Array<ArrayBuffer> {
  const spec = ternaryMatrixSpec(input);
  const bytes = new Uint8Array(spec.path.reduce<number>((sum, name) => sum + (typeof name === 'number' ? 9 : 3 + 2 * name.length), HEADER_BYTES));
  const view = new DataView(bytes.buffer);
  const integer = (at: number, value: number): void => {
    view.setUint32(at, value % TWO_TO_32, true);
    view.setInt32(at + 4, Math.floor(value / TWO_TO_32), true);
  };
  bytes.set([VERSION, TERNARY_GENERATORS.indexOf(spec.generator), spec.path.length, 0]);
  view.setUint16(4, spec.rows, true);
  view.setUint16(6, spec.columns, true);
  view.setUint32(8, planTernary(spec).threshold, true);
  integer(12, spec.seed);
  let at = HEADER_BYTES;
  for (const name of spec.path) {
    bytes[at] = typeof name === 'number' ? 1 : 2;
    if (typeof name === 'number') {
      integer(at + 1, name);
      at += 9;
      continue;
    }
    view.setUint16(at + 1, name.length, true);
    for (let index = 0; index < name.length; index++) view.setUint16(at + 3 + 2 * index, name.charCodeAt(index), true);
    at += 3 + 2 * name.length;
  }
  return bytes;
}

/**
 * The spec of packed bytes. It names the same matrix as the one that was packed; its density is the multiple of 2^-31 that was stored.
 * @throws TernaryPrngError TERNARY_PRNG_PACKED when lengths or tags are wrong, TERNARY_PRNG_SPEC when a field is out of range
 */
export function unpackSpec(bytes: Uint8Array): TernaryMatrixSpec {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const want = (condition: boolean, got: string): void => {
    if (!condition) throw new TernaryPrngError('TERNARY_PRNG_PACKED', got);
  };
  const integer = (at: number): number => view.getInt32(at + 4, true) * TWO_TO_32 + view.getUint32(at, true);
  want(bytes.length >= HEADER_BYTES, `${bytes.length} bytes`);
  want(bytes[0] === VERSION && bytes[3] === 0, `version ${bytes[0]}, padding ${bytes[3]}`);
  const generator = TERNARY_GENERATORS[bytes[1]];
  want(generator !== undefined, `generator ${bytes[1]}`);
  const path: (number | string)[] = [];
  let at = HEADER_BYTES;
  for (let element = 0; element < bytes[2]; element++) {
    want(at + 3 <= bytes.length && (bytes[at] === 1 || bytes[at] === 2), `path element ${element} at byte ${at} of ${bytes.length}`);
    const units = bytes[at] === 1 ? 0 : view.getUint16(at + 1, true);
    const end = at + (bytes[at] === 1 ? 9 : 3 + 2 * units);
    want(end <= bytes.length, `path element ${element} up to byte ${end} of ${bytes.length}`);
    if (bytes[at] === 1) path.push(integer(at + 1));
    else path.push(Array.from({ length: units }, (_, index) => String.fromCharCode(view.getUint16(at + 3 + 2 * index, true))).join(''));
    at = end;
  }
  want(at === bytes.length, `${bytes.length} bytes for a spec of ${at}`);
  return ternaryMatrixSpec({
    seed: integer(12),
    path,
    rows: view.getUint16(4, true),
    columns: view.getUint16(6, true),
    density: view.getUint32(8, true) / DENSITY_UNITS,
    generator,
  });
}
