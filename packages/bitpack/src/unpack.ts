/**
 * Bits → signs or bytes: the exact inverse of `pack.ts`.
 * Invariant: the bits that fill the last byte of a row are never looked at.
 */
import { checkExtents, checkLength, rowBytes } from './layout.ts';

/**
 * One byte 0 or 1 per element.
 * @param packed `rows * rowBytes(columns)` bytes @returns `[rows][columns]`
 * @throws BitpackError `BITPACK_SHAPE`, `BITPACK_LENGTH`
 */
export function unpackBits(packed: Uint8Array, rows: number, columns: number): Uint8Array<ArrayBuffer> {
  checkExtents({ rows, columns });
  const stride = rowBytes(columns);
  checkLength('packed rows', packed.length, rows * stride);
  const bits = new Uint8Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      bits[row * columns + column] = (packed[row * stride + (column >> 3)]! >> (column & 7)) & 1;
    }
  }
  return bits;
}

/**
 * −1 or +1 per element.
 * @param packed `rows * rowBytes(columns)` bytes @returns `[rows][columns]`
 * @throws BitpackError `BITPACK_SHAPE`, `BITPACK_LENGTH`
 */
export function unpackSigns(packed: Uint8Array, rows: number, columns: number): Int8Array<ArrayBuffer> {
  // Through a typed array and not `from`, which would walk an iterator.
  return new Int8Array(unpackBits(packed, rows, columns)).map((bit) => 2 * bit - 1);
}
