/** Random ternary layers out of a seed against a dense layer of the same shape, which is what the peers have. Rows are drawn in every call. */
import { createTernaryLayer, Random, type TernaryElement, type TernaryGenerator, ternaryMatrixSpec } from '@bitvox/ternary-prng';
import type { CasePeer, KernelCase } from '../case.ts';
import { matMul } from '../layers.ts';

const SIDE = 256;

interface Draw {
  readonly id: string;
  readonly element: TernaryElement;
  /** Share of non-zeros, in 24ths. */
  readonly parts: number;
  readonly generator?: TernaryGenerator;
  readonly isTransposed?: boolean;
  readonly frames?: number;
  readonly keepsLists?: boolean;
}

function prngCase(
  { id, element, parts, generator = 'balanced', isTransposed = false, frames = 128, keepsLists = false }: Draw,
  lines: Pick<CasePeer, 'must' | 'aim'> = {},
): KernelCase {
  const spec = ternaryMatrixSpec({ seed: 1, path: ['bench'], rows: SIDE, columns: SIDE, density: parts / 24, generator });
  const matrix = `random ternary matrix${isTransposed ? ', transposed,' : ''} drawn from a seed in the ${keepsLists ? 'first ' : ''}call (${generator}, ${parts}/24 of it not zero)`;
  return {
    id,
    what: `${matrix} × ${element} frames, ${SIDE} × ${SIDE} by ${frames} frame${frames > 1 ? 's' : ''}, no stored weight`,
    ours: () => {
      const layer = createTernaryLayer(spec, { element, frames, keepsLists });
      const random = new Random(1, 'frames');
      for (const given of [layer.input, layer.output]) given.forEach((_, at) => (given[at] = random.below(255) - 127));
      return { name: `${id}, by ${layer.method}`, run: isTransposed ? () => layer.runTransposed() : () => layer.run() };
    },
    peers: [{ peer: 'ort-web-f32', layer: () => matMul({ m: SIDE, k: SIDE, t: frames }, 'f32'), ...lines }],
  };
}

export const PRNG_CASES: readonly KernelCase[] = [
  prngCase({ id: 'prng-ternary', element: 'f32', parts: 3 }, { must: 5, aim: 10 }),
  prngCase({ id: 'prng-ternary-i16', element: 'i16', parts: 3 }),
  prngCase({ id: 'prng-ternary-transposed', element: 'f32', parts: 3, isTransposed: true }),
  prngCase({ id: 'prng-ternary-frame', element: 'f32', parts: 3, frames: 1 }),
  prngCase({ id: 'prng-ternary-frame-kept', element: 'f32', parts: 3, frames: 1, keepsLists: true }),
  prngCase({ id: 'prng-ternary-kept', element: 'f32', parts: 3, keepsLists: true }),
  prngCase({ id: 'prng-iid', element: 'f32', parts: 3, generator: 'iid' }),
  prngCase({ id: 'prng-low-discrepancy', element: 'f32', parts: 3, generator: 'low-discrepancy' }),
  prngCase({ id: 'prng-third', element: 'f32', parts: 8 }),
  prngCase({ id: 'prng-third-i16', element: 'i16', parts: 8 }),
  prngCase({ id: 'prng-dense-i16', element: 'i16', parts: 18 }),
];
