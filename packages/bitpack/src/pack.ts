/**
 * Signs → bits. bit = 1 where value >= 0 (so −0 and 0 are +1), 0 where value < 0.
 * Invariant: `unpackSigns(packSigns(x))` is sign(x) for every x, and the bits that fill a row are 0.
 */
import { BitpackError } from './errors.ts';
import { checkExtents, checkLength, rowBytes } from './layout.ts';

/** Values whose signs are taken. */
export type Signed = Float32Array | Int8Array | Int16Array;

function checkNumbers(values: Signed): void {
  if (!(values instanceof Float32Array)) return;
  for (let at = 0; at < values.length; at++) {
    if (Number.isNaN(values[at]!)) throw new BitpackError('BITPACK_NOT_A_NUMBER', `Got NaN at index ${at}, wanted a number.`);
  }
}

/**
 * Packs the signs of a matrix into the form on disk.
 * @param values `[rows][columns]`
 * @returns `rows * rowBytes(columns)` bytes
 * @throws BitpackError `BITPACK_SHAPE`, `BITPACK_LENGTH`, `BITPACK_NOT_A_NUMBER`
 */
export function packSigns(values: Signed, rows: number, columns: number): Uint8Array<ArrayBuffer> {
  checkExtents({ rows, columns });
  checkLength('values', values.length, rows * columns);
  checkNumbers(values);
  const stride = rowBytes(columns);
  const packed = new Uint8Array(rows * stride);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (values[row * columns + column]! >= 0) packed[row * stride + (column >> 3)]! |= 1 << (column & 7);
    }
  }
  return packed;
}

/**
 * Signs as one byte 0 or 1 per element, the unpacked form that kernels read.
 * @param into where to write; a new array unless given
 * @throws BitpackError `BITPACK_LENGTH`, `BITPACK_NOT_A_NUMBER`
 */
export function signBits(values: Signed, into: Uint8Array = new Uint8Array(values.length)): Uint8Array {
  checkLength('bits', into.length, values.length);
  checkNumbers(values);
  for (let i = 0; i < values.length; i++) into[i] = values[i]! >= 0 ? 1 : 0;
  return into;
}
