/**
 * A random ternary layer as C: its matrix is generated while it is applied, so no weights lie in flash. The definition of the matrices is
 * `DEFINITION.md` of the package ternary-prng; the key, the threshold and the pairs of a matrix are computed where it is exported.
 */
import { identifier } from '../c-text.ts';
import { ArmError } from '../errors.ts';
import { wordsOf } from '../kernels/kernel.ts';
import { PartList, type PartName } from '../parts.ts';

/** A random ternary matrix by the numbers that a device needs. */
export interface RandomTernaryMatrix {
  readonly generator: 'iid' | 'balanced' | 'low-discrepancy';
  /** 1 to 65535. */
  readonly rows: number;
  /** 1 to 65535. */
  readonly columns: number;
  /** Numbers 0 and 1 of the stream of its name, 32 bits each. */
  readonly key: readonly [number, number];
  /** Density in multiples of 2^-31. */
  readonly threshold: number;
  /** Entries of each sign in a row; not used by `iid`. */
  readonly pairs: number;
}

const bitsOf = (count: number): number => Math.ceil(Math.log2(count));
const LIMIT = 65_535;

/** The part and the arguments behind rows and columns. */
function callOf({ generator, rows, columns, threshold, pairs }: RandomTernaryMatrix): { readonly part: PartName; readonly rest: string } {
  const bits = bitsOf(columns);
  if (generator === 'iid') return { part: 'ternary_iid', rest: `0x${threshold.toString(16)}u` };
  if (generator === 'balanced') return { part: 'ternary_balanced', rest: `${pairs}u, 0x${(2 ** bits - 1).toString(16)}u, seen` };
  return { part: 'ternary_low_discrepancy', rest: `${pairs}u, ${bitsOf(rows)}u, ${bits}u` };
}

const inRange = (value: number, low: number, high: number): boolean => Number.isInteger(value) && value >= low && value <= high;

/**
 * A header with one function, `void <name>(int16_t *y, const int16_t *x)`: y = R x modulo 2^16 for one frame, `rows` values out of `columns`.
 * @throws ArmError `ARM_SIZE` for numbers that name no matrix
 */
export function randomTernaryHeader(matrix: RandomTernaryMatrix, layer: string): string {
  const { rows, columns, key, threshold, pairs, generator } = matrix;
  const isMatrix =
    inRange(rows, 1, LIMIT) && inRange(columns, 1, LIMIT) && key.every((word) => inRange(word, 0, 2 ** 32 - 1)) && inRange(threshold, 1, 2 ** 31);
  const hasPairs = generator === 'iid' || inRange(pairs, 1, columns >> 1);
  if (!isMatrix || !hasPairs) throw new ArmError('ARM_SIZE', `a ${generator} matrix of ${rows} x ${columns} with threshold ${threshold} and ${pairs} pairs.`);
  const name = identifier(layer);
  const { part, rest } = callOf(matrix);
  const parts = new PartList();
  parts.add([part]);
  const seen = generator === 'balanced' ? `    uint32_t seen[${wordsOf(columns)}];\n` : '';
  return `#include <stdint.h>

${parts.text()}
/* ${layer.replaceAll(/[^\w -]/g, ' ')}: y = R x modulo 2^16, ${generator}, ${rows} rows x ${columns} columns, generated while it runs. */
static inline void ${name}(int16_t *y, const int16_t *x)
{
    static const uint32_t key[2] = { ${key.map((word) => `0x${word.toString(16)}u`).join(', ')} };
${seen}    bitvox_${part}(y, x, key, ${rows}u, ${columns}u, ${rest});
}
`;
}
