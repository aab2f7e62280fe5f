/** Random ternary layers out of a seed against a dense layer of the same shape, which is what the peers have. Rows are drawn in every call. */
import { createTernaryLayer, Random, type TernaryGenerator, type TernaryElement, ternaryMatrixSpec } from '@bitvox/ternary-prng';
import type { CasePeer, KernelCase } from '../case.ts';
import { matMul } from '../layers.ts';

const SIDE = 256;
const FRAMES = 128;

interface Draw {
  readonly id: string;
  readonly element: TernaryElement;
  readonly oneIn: number;
  readonly generator?: TernaryGenerator;
}

function prngCase({ id, element, oneIn, generator = 'balanced' }: Draw, lines: Pick<CasePeer, 'must' | 'aim'> = {}): KernelCase {
  const what = `random ternary matrix drawn from a seed in the call (${generator}, density 1/${oneIn}) × ${element} frames`;
  return {
    id,
    what: `${what}, ${SIDE} × ${SIDE} by ${FRAMES} frames, no stored weight`,
    ours: () => {
      const spec = ternaryMatrixSpec({ seed: 1, path: ['bench'], rows: SIDE, columns: SIDE, density: 1 / oneIn, generator });
      const layer = createTernaryLayer(spec, { element, frames: FRAMES });
      const random = new Random(1, 'frames');
      layer.input.forEach((_, at) => (layer.input[at] = random.below(255) - 127));
      return { name: id, run: () => layer.run() };
    },
    peers: [{ peer: 'ort-web-f32', layer: () => matMul({ m: SIDE, k: SIDE, t: FRAMES }, 'f32'), ...lines }],
  };
}

export const PRNG_CASES: readonly KernelCase[] = [
  prngCase({ id: 'prng-ternary', element: 'f32', oneIn: 8 }, { must: 5, aim: 10 }),
  prngCase({ id: 'prng-ternary-i16', element: 'i16', oneIn: 8 }),
  prngCase({ id: 'prng-iid', element: 'f32', oneIn: 8, generator: 'iid' }),
  prngCase({ id: 'prng-low-discrepancy', element: 'f32', oneIn: 8, generator: 'low-discrepancy' }),
  prngCase({ id: 'prng-third', element: 'f32', oneIn: 3 }),
  prngCase({ id: 'prng-third-i16', element: 'i16', oneIn: 3 }),
];
