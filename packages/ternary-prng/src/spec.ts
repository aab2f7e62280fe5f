/**
 * What names a random ternary matrix: a few numbers, and nothing else is ever stored.
 *
 * Invariant: everything that is drawn depends on the integers of {@link TernaryPlan} alone; the density enters as a whole multiple of
 * 2^-31, so that no rounding of floats can tell two runtimes apart.
 */
import { TernaryPrngError } from './errors.ts';
import { Random } from './generator.ts';

/** How the places of the non-zeros are drawn; the position in this list is the number in the packed form. */
export const TERNARY_GENERATORS = ['iid', 'balanced', 'low-discrepancy'] as const;

/**
 * - `iid`: every entry by itself; the number of non-zeros of a row varies.
 * - `balanced`: every row has as many +1 as -1, at columns drawn without replacement.
 * - `low-discrepancy`: as `balanced`, but at columns out of a scrambled Sobol' sequence; with power-of-two sides columns are even as well.
 */
export type TernaryGenerator = (typeof TERNARY_GENERATORS)[number];

/** A sparse random matrix with entries -1, 0, +1. Plain data: survives JSON. */
export interface TernaryMatrixSpec {
  /** A safe integer. */
  readonly seed: number;
  /** Names the layer; matrices with different paths are independent. At most 255 safe integers and strings. */
  readonly path: readonly (number | string)[];
  /** Outputs, 1 to 65535. */
  readonly rows: number;
  /** Inputs, 1 to 65535 (2 unless `iid`); rows * columns <= 2^28. */
  readonly columns: number;
  /** Wanted share of non-zeros, above 0 and at most 1; counts as the nearest positive multiple of 2^-31. */
  readonly density: number;
  readonly generator: TernaryGenerator;
}

/** The integers that a matrix is drawn from. */
export interface TernaryPlan {
  readonly rows: number;
  readonly columns: number;
  readonly generator: TernaryGenerator;
  /** Key of every draw: the first two numbers of the stream `Random(seed, ...path, 'ternary-matrix')`. */
  readonly key: readonly [number, number];
  /** round(density * 2^31), 1 to 2^31. */
  readonly threshold: number;
  /** The +1 of a row, and the -1, unless `iid`: round(density * columns / 2), 1 to columns / 2. */
  readonly pairs: number;
}

/** Bits of the least power of two that is not below a side. */
export const sideBits = (side: number): number => (side === 1 ? 0 : 32 - Math.clz32(side - 1));
/** All bits that the largest column needs. */
export const columnMask = (columns: number): number => 2 ** sideBits(columns) - 1;

const MAXIMUM_SIDE = 65535;
const MAXIMUM_ELEMENTS = 2 ** 28;
export const DENSITY_UNITS = 2 ** 31;

/**
 * Checks a description and fills what may be left out: path `[]`, density 1/3, generator `balanced`.
 *
 * @param options a spec, perhaps from a file: every field is checked, unknown ones are dropped
 * @throws TernaryPrngError TERNARY_PRNG_SPEC
 */
export function ternaryMatrixSpec(
  options: Pick<TernaryMatrixSpec, 'seed' | 'rows' | 'columns'> & Partial<Pick<TernaryMatrixSpec, 'path' | 'density' | 'generator'>>,
): TernaryMatrixSpec {
  const refuse = (field: string, got: unknown): never => {
    throw new TernaryPrngError('TERNARY_PRNG_SPEC', `${field} ${typeof got === 'object' ? JSON.stringify(got) : String(got)}`);
  };
  if (typeof options !== 'object' || options === null) return refuse('spec', options);
  const { seed, rows, columns, path = [], density = 1 / 3, generator = 'balanced' } = options;
  const isName = (name: unknown): boolean => Number.isSafeInteger(name) || (typeof name === 'string' && name.length <= MAXIMUM_SIDE);
  const isSide = (side: unknown): boolean => Number.isInteger(side) && (side as number) >= 1 && (side as number) <= MAXIMUM_SIDE;
  if (!Number.isSafeInteger(seed)) refuse('seed', seed);
  if (!Array.isArray(path) || path.length > 255 || !path.every(isName)) refuse('path', path);
  if (!TERNARY_GENERATORS.includes(generator)) refuse('generator', generator);
  if (!isSide(rows)) refuse('rows', rows);
  if (!isSide(columns) || (generator !== 'iid' && columns < 2)) refuse('columns', columns);
  if (rows * columns > MAXIMUM_ELEMENTS) refuse('rows * columns', rows * columns);
  if (typeof density !== 'number' || !(density > 0 && density <= 1)) refuse('density', density);
  // Adding zero turns -0, which JSON cannot hold, into 0.
  return { seed: seed + 0, path: path.map((name) => (typeof name === 'number' ? name + 0 : name)), rows, columns, density, generator };
}

/**
 * Checks a spec and derives the integers of its matrix.
 * @throws TernaryPrngError TERNARY_PRNG_SPEC
 */
export function planTernary(input: TernaryMatrixSpec): TernaryPlan {
  const spec = ternaryMatrixSpec(input);
  const { rows, columns, generator } = spec;
  const stream = new Random(spec.seed, ...spec.path, 'ternary-matrix');
  const threshold = Math.max(1, Math.round(spec.density * DENSITY_UNITS));
  // threshold * columns < 2^47 is exact, and so is its quotient by a power of two: this is an integer rounding, half up.
  const pairs = Math.max(1, Math.min(Math.floor((threshold * columns + DENSITY_UNITS) / (2 * DENSITY_UNITS)), columns >> 1));
  return { rows, columns, generator, key: [stream.at(0), stream.at(1)], threshold, pairs };
}
