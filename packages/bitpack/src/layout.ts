/**
 * Where a weight lies.
 *
 * Packed rows are the form on disk: row `m` begins at byte `m * rowBytes(k, type)`, what fills its last byte is 0 and means
 * nothing.
 *
 * - `1`: bit `k` of a row is bit `k % 8` of byte `k >> 3`; 1 stands for +1, 0 for −1, and sign(0) = +1.
 * - `ternary`: five weights a byte, Σ (w[5b + i] + 1)·3^i for i of 0 to 4; bytes above 242 stand for nothing.
 * - `int4`, `int5`, `int8`: two's complement; weight `k` is the bits from `bits·k` on, counted as for `1`.
 *
 * Unpacked activations are the form between kernels: one byte per element, 0 or 1 for bits, −128 to 127 for `int8`,
 * `[channel][time]`, rows a stride apart.
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

/** What a weight may be: its range and its size on disk. A weight of 1 bit is −1 or +1, never 0. */
export const WEIGHT_TYPES = {
  '1': { minimum: -1, maximum: 1, bits: 1 },
  ternary: { minimum: -1, maximum: 1, bits: 1.6 },
  int4: { minimum: -8, maximum: 7, bits: 4 },
  int5: { minimum: -16, maximum: 15, bits: 5 },
  int8: { minimum: -128, maximum: 127, bits: 8 },
} as const;

/** How weights are stored. */
export type WeightType = keyof typeof WEIGHT_TYPES;
/** How activations arrive: bits (0 is −1, 1 is +1) or bytes. */
export type ActivationType = '1' | 'int8';

/** Ternary weights in a byte: 3^5 = 243 <= 256. */
export const TERNARY_PER_BYTE = 5;

/** Bytes of one packed row of `columns` weights, of 1 bit unless told. */
export function rowBytes(columns: number, type: WeightType = '1'): number {
  return Math.ceil(type === 'ternary' ? columns / TERNARY_PER_BYTE : (columns * WEIGHT_TYPES[type].bits) / 8);
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
