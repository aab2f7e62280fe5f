/** Convolutions of planes by 3 × 3 taps that keep their size, bits by bits; the peers with the same shape in f32 or in bytes. */
import { type Conv2dRequest, EXTRA_BYTES, packSigns, planConv2d } from '@bitvox/bitpack';
import { Arena, arenaBytes } from '@bitvox/wasm';
import type { KernelCase } from '../case.ts';
import type { Contestant } from '../contest.ts';
import { conv2d, randomBytes } from '../layers.ts';

const SIZE = { outputs: 64, height: 20, width: 49 } as const;
const LAYER = { ...SIZE, inputs: 64, kernel: 3 } as const;

/** Random weights and planes in one memory; `run` makes the sums from unpacked bits, padding and tables included. */
function openConv(request: Conv2dRequest): Contestant {
  const { outputs, channels, height, width, taps } = request;
  const plan = planConv2d(request);
  const depth = channels * taps[0] * taps[1];
  const [planeIn, planeOut] = [height * width, plan.output[0] * plan.output[1]];
  const sizes = [plan.weightBytes, plan.scratchBytes, outputs * planeOut * 4, channels * planeIn + EXTRA_BYTES];
  const arena = new Arena(arenaBytes(sizes));
  const [weights, scratch, y, x] = sizes.map((bytes) => arena.allocate(bytes)) as [number, number, number, number];
  arena.u8(weights, plan.weightBytes).set(plan.packWeights(packSigns(Int8Array.from(randomBytes(outputs * depth)), outputs, depth)));
  arena.u8(x, channels * planeIn).set(randomBytes(channels * planeIn).map((byte) => byte & 1));
  const { run } = plan.instantiate(arena.memory, { weights, scratch });
  return { name: plan.name, run: () => run(x, planeIn, y, planeOut) };
}

export const CONV_CASES: readonly KernelCase[] = [
  {
    id: 'conv3x3',
    what: '1-bit convolution 3 × 3 with zero padding, 64 to 64 channels of 20 × 49',
    ours: () => openConv({ ...SIZE, channels: 64, taps: [3, 3], padding: { rule: 'zero', top: 1, bottom: 1, left: 1, right: 1 } }),
    peers: [
      { peer: 'ort-web-f32', layer: () => conv2d(LAYER, 'f32'), must: 20, aim: 32 },
      { peer: 'ort-web-int8', layer: () => conv2d(LAYER, 'int8') },
      { peer: 'ort-node-f32', layer: () => conv2d(LAYER, 'f32') },
      { peer: 'ort-node-int8', layer: () => conv2d(LAYER, 'int8'), must: 0.9, aim: 1.5 },
    ],
  },
];
