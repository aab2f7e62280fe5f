import { expect, test } from 'vitest';
import { evaluate } from '../exec/evaluate.ts';
import { constant } from '../ir/ops/leaf.ts';
import { inPlanes } from './planes.ts';

const [CHANNELS, BATCH, FRAMES] = [12, 2, 3];

/** Numbers that say where they belong, `[plane, batch, row, frame]` for planes of `height` rows. */
function placed(height: number): Float32Array {
  const numbers = new Float32Array(CHANNELS * BATCH * FRAMES);
  for (let channel = 0; channel < CHANNELS; channel++)
    for (let clip = 0; clip < BATCH; clip++)
      for (let frame = 0; frame < FRAMES; frame++) {
        const [plane, row] = [Math.floor(channel / height), channel % height];
        numbers[((plane * BATCH + clip) * height + row) * FRAMES + frame] = channel * 100 + clip * 10 + frame;
      }
  return numbers;
}

const heights = [1, 2, 3, 4, 12];

test.each(heights.flatMap((from) => heights.map((to) => [from, to] as const)))(
  'planes of %i rows as planes of %i: every channel keeps its number',
  (from, to) => {
    const x = constant(placed(from), [CHANNELS / from, BATCH, from, FRAMES]);
    const y = inPlanes(x, to);
    expect(y.shape).toEqual([CHANNELS / to, BATCH, to, FRAMES]);
    expect([...evaluate([y], new Map())[0]!]).toEqual([...placed(to)]);
  },
);
