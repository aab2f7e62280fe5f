/**
 * Where a bit lies.
 *
 * - A bit: 1 stands for +1, 0 for −1, and sign(0) = +1.
 * - Packed rows, the form on disk: row `m` begins at byte `m * rowBytes(k)`; its bit `k` is bit `k % 8` of byte `k >> 3`;
 *   the bits that fill the last byte are 0 and mean nothing.
 * - Unpacked activations, the form between kernels: one byte 0 or 1 per element, `[channel][time]`, rows a stride apart.
 *
 * What a kernel makes of packed rows when it is loaded is its own affair and never leaves the memory it runs in.
 */
import { BitpackError } from './errors.ts';

/**
 * Bytes beyond the end of unpacked activations that a kernel may read (never write, and never let into a result), so that
 * it can load whole vectors. Whoever lays out the memory leaves that many bytes of it after the last row.
 */
export const EXTRA_BYTES = 64;

/** Addresses handed to kernels are multiples of this. */
export const ALIGNMENT = 16;

/** Largest number of rows, depth or frames: far above any speech model, far below overflow of 32-bit addresses. */
export const MAXIMUM_EXTENT = 1 << 20;

/** Bytes of one packed row of `columns` bits. */
export function rowBytes(columns: number): number {
  return Math.ceil(columns / 8);
}

/**
 * Checks that every extent is a positive integer of at most 2^20.
 * @throws BitpackError `BITPACK_SHAPE` naming the first that is not.
 */
export function checkExtents(extents: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(extents)) {
    if (!Number.isInteger(value) || value < 1 || value > MAXIMUM_EXTENT) {
      throw new BitpackError('BITPACK_SHAPE', `Got ${name} = ${value}, wanted an integer of 1 to ${MAXIMUM_EXTENT}.`);
    }
  }
}

/**
 * Checks a length against the shape it must have.
 * @throws BitpackError `BITPACK_LENGTH`
 */
export function checkLength(what: string, got: number, wanted: number): void {
  if (got !== wanted) throw new BitpackError('BITPACK_LENGTH', `Got ${got} elements of ${what}, wanted ${wanted}.`);
}
