/**
 * Integers → packed rows of any weight type, and back.
 * Invariant: nothing is rounded or clamped; `unpackRows(packRows(w))` is w for every type but `1`, where it is sign(w).
 */
import { BitpackError } from './errors.ts';
import { checkExtents, checkLength, rowBytes, TERNARY_PER_BYTE, WEIGHT_TYPES, type WeightType } from './layout.ts';
import { packSigns, type Signed } from './pack.ts';
import { unpackSigns } from './unpack.ts';

/** A type named by a caller, who may not have a type checker. */
function checkType(type: WeightType): void {
  if (!Object.hasOwn(WEIGHT_TYPES, type)) {
    throw new BitpackError('BITPACK_TYPE', `Got "${String(type)}", wanted one of ${Object.keys(WEIGHT_TYPES).join(', ')}.`);
  }
}

function checkRange(values: Signed, type: WeightType): void {
  const { minimum, maximum } = WEIGHT_TYPES[type];
  values.forEach((value, at) => {
    if (!(Number.isInteger(value) && value >= minimum && value <= maximum)) {
      throw new BitpackError('BITPACK_RANGE', `Got ${value} at index ${at}, wanted an integer of ${minimum} to ${maximum} for ${type}.`);
    }
  });
}

/**
 * Packs a matrix into the form on disk.
 * @param values `[rows][columns]`; signs count for `1` (0 is +1), integers within the type's range are wanted otherwise
 * @returns `rows * rowBytes(columns, type)` bytes
 * @throws BitpackError `BITPACK_SHAPE`, `BITPACK_LENGTH`, `BITPACK_TYPE`, `BITPACK_RANGE`, `BITPACK_NOT_A_NUMBER`
 */
export function packRows(values: Signed, rows: number, columns: number, type: WeightType): Uint8Array<ArrayBuffer> {
  checkType(type);
  if (type === '1') return packSigns(values, rows, columns);
  checkExtents({ rows, columns });
  checkLength('values', values.length, rows * columns);
  checkRange(values, type);
  const stride = rowBytes(columns, type);
  const { bits } = WEIGHT_TYPES[type];
  const packed = new Uint8Array(rows * stride);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = values[row * columns + column]!;
      if (type === 'ternary') {
        packed[row * stride + Math.floor(column / TERNARY_PER_BYTE)]! += (value + 1) * 3 ** (column % TERNARY_PER_BYTE);
        continue;
      }
      const shifted = (value & ((1 << bits) - 1)) << ((column * bits) & 7);
      const at = row * stride + ((column * bits) >> 3);
      packed[at]! |= shifted;
      if (shifted > 0xff) packed[at + 1]! |= shifted >> 8;
    }
  }
  return packed;
}

/**
 * Packed rows → integers.
 * @param packed `rows * rowBytes(columns, type)` bytes @returns `[rows][columns]`, −1 or +1 for `1`
 * @throws BitpackError `BITPACK_SHAPE`, `BITPACK_LENGTH`, `BITPACK_TYPE`, `BITPACK_BYTE`
 */
export function unpackRows(packed: Uint8Array, rows: number, columns: number, type: WeightType): Int8Array<ArrayBuffer> {
  checkType(type);
  if (type === '1') return unpackSigns(packed, rows, columns);
  checkExtents({ rows, columns });
  const stride = rowBytes(columns, type);
  checkLength('packed rows', packed.length, rows * stride);
  const { bits } = WEIGHT_TYPES[type];
  if (type === 'ternary') {
    const damaged = packed.findIndex((byte) => byte >= 3 ** TERNARY_PER_BYTE);
    if (damaged >= 0) throw new BitpackError('BITPACK_BYTE', `Got ${packed[damaged]!} at byte ${damaged}.`);
  }
  const values = new Int8Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (type === 'ternary') {
        const byte = packed[row * stride + Math.floor(column / TERNARY_PER_BYTE)]!;
        values[row * columns + column] = (Math.floor(byte / 3 ** (column % TERNARY_PER_BYTE)) % 3) - 1;
        continue;
      }
      const bit = column * bits;
      const at = row * stride + (bit >> 3);
      // A weight may end in the next byte, but never beyond its row.
      const pair = packed[at]! | ((bit & 7) + bits > 8 ? packed[at + 1]! << 8 : 0);
      values[row * columns + column] = ((pair >> (bit & 7)) << (32 - bits)) >> (32 - bits);
    }
  }
  return values;
}
