/** What the golden file holds of a matrix: enough for another implementation to be checked part by part. */
import { mix, packSpec, rowIndices, ternaryMatrix, type TernaryMatrixSpec, ternaryMatrixSpec } from './index.ts';
import { planTernary } from './spec.ts';

/** Sides below, at and above powers of two and the change of field widths; densities from a pair a row to full. */
const SHAPES = [
  { seed: 42, path: ['layer', 3], rows: 4, columns: 16, density: 1 / 4 },
  { seed: 7, path: [], rows: 300, columns: 300, density: 1 / 32 },
  { seed: -(10 ** 15), path: ['mix', 2], rows: 300, columns: 200, density: 1 / 3 },
  { seed: 2 ** 53 - 1, path: ['B1', 0, 'é'], rows: 128, columns: 64, density: 1 / 3 },
  { seed: 0, path: [-1], rows: 5, columns: 257, density: 1e-9 },
  { seed: 1, path: [1], rows: 3, columns: 33, density: 1 },
  { seed: 1, path: [1], rows: 1, columns: 2, density: 1 / 2 },
] as const;

export const GOLDEN_SPECS: readonly TernaryMatrixSpec[] = (['iid', 'balanced', 'low-discrepancy'] as const).flatMap((generator) =>
  SHAPES.map((shape) => ternaryMatrixSpec({ ...shape, path: [...shape.path], generator })),
);

/** The hash starts with 0 and takes in the entries row by row: `hash = mix(hash + entry + 2)`. */
export function goldenVectors(spec: TernaryMatrixSpec) {
  const { key, threshold, pairs } = planTernary(spec);
  const rows = [...new Set([0, 1, Math.floor(spec.rows / 2), spec.rows - 1])].filter((row) => row < spec.rows);
  return {
    spec,
    packed: Array.from(packSpec(spec), (byte) => byte.toString(16).padStart(2, '0')).join(''),
    key: [...key],
    threshold,
    pairs,
    hash: ternaryMatrix(spec).reduce((hash, entry) => mix(hash + entry + 2), 0),
    lists: rows.map((row) => {
      const { plus, minus } = rowIndices(spec, row);
      return { row, plus: [...plus], minus: [...minus] };
    }),
  };
}
