/** Random ternary layers of every kind, there and back, against the references. Runs in a page. */
import {
  applyTernary,
  applyTernaryTransposed,
  createTernaryLayer,
  Random,
  TERNARY_GENERATORS,
  type TernaryElement,
  type TernaryMethod,
  ternaryMatrixSpec,
} from '@bitvox/ternary-prng';
import type { KernelsResult } from './kernels.ts';

const SHAPES = [
  { rows: 70, columns: 256, density: 1 / 8, frames: 45 },
  { rows: 33, columns: 100, density: 1 / 2, frames: 1 },
] as const;
const WAYS: readonly { readonly element: TernaryElement; readonly method: TernaryMethod }[] = [
  { element: 'f32', method: 'indices' },
  { element: 'i16', method: 'indices' },
  { element: 'i16', method: 'tables' },
];

/** Runs them all from a seed. */
export function runRandomLayers(seed: number): KernelsResult {
  const random = new Random(seed, 'random-layers');
  const names = new Set<string>();
  const wrong: string[] = [];
  for (const generator of TERNARY_GENERATORS) {
    for (const { frames, ...shape } of SHAPES) {
      const spec = ternaryMatrixSpec({ ...shape, seed, generator });
      for (const { element, method } of WAYS) {
        const zeros = (channels: number) => (element === 'f32' ? new Float32Array(channels * frames) : new Int16Array(channels * frames));
        const layer = createTernaryLayer(spec, { element, frames, method });
        const x = zeros(spec.columns).map(() => random.below(60_001) - 30_000);
        const y = applyTernary(spec, x, zeros(spec.rows));
        const back = applyTernaryTransposed(spec, zeros(spec.columns), y);
        const name = `${generator} ${element} ${method}`;
        names.add(name);
        if (layer.apply(x, zeros(spec.rows)).some((value, at) => value !== y[at])) wrong.push(`${name}, ${frames} frames`);
        if (layer.applyTransposed(zeros(spec.columns), y).some((value, at) => value !== back[at])) wrong.push(`${name} transposed, ${frames} frames`);
      }
    }
  }
  return { names: [...names], wrong };
}
