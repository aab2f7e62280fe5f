/** Every convolution that the engine can run against the reference, with padding, strides and ragged edges. Runs in a page. */
import { CONV_KERNELS, conv2d, conv2dFloat, EXTRA_BYTES, type FloatWeights, packRows, planConv2d, WEIGHT_TYPES } from '@bitvox/bitpack';
import { Random } from '@bitvox/ternary-prng';
import { Arena, arenaBytes } from '@bitvox/wasm';
import type { KernelsResult } from './kernels.ts';

const MARGINS = { top: 1, bottom: 1, left: 1, right: 1 };
const SHAPES = [
  { outputs: 20, channels: 17, height: 9, width: 33, taps: [3, 3], stride: [1, 1], padding: { rule: 'zero', ...MARGINS } },
  { outputs: 5, channels: 11, height: 8, width: 21, taps: [5, 5], stride: [2, 2], padding: { rule: 'minus-one', ...MARGINS } },
  { outputs: 9, channels: 30, height: 1, width: 11, taps: [1, 11], stride: [1, 1], padding: 'none' },
] as const;

/** Runs them all from a seed. */
export function runConvolutions(seed: number): KernelsResult {
  const random = new Random(seed, 'convolutions');
  const wrong: string[] = [];
  for (const shape of SHAPES) {
    const depth = shape.channels * shape.taps[0] * shape.taps[1];
    const pixels = shape.height * shape.width;
    for (const { name, weights: type, activations } of CONV_KERNELS) {
      const plan = planConv2d({ ...shape, kernel: name });
      const { minimum, maximum } = WEIGHT_TYPES[type];
      const values = Int8Array.from({ length: shape.outputs * depth }, () => minimum + random.below(maximum - minimum + 1));
      const rows = packRows(values, shape.outputs, depth, type);
      const bytes = Int8Array.from({ length: shape.channels * pixels }, () => (activations === '1' ? random.below(2) : random.below(256) - 128));
      const floats = Float32Array.from(bytes, (byte) => byte / 3);
      const results = shape.outputs * plan.output[0] * plan.output[1];
      const sizes = [plan.weightBytes, plan.scratchBytes, results * 4, bytes.length * 4 + EXTRA_BYTES];
      const arena = new Arena(arenaBytes(sizes));
      const [weights, scratch, y, x] = sizes.map((size) => arena.allocate(size)) as [number, number, number, number];
      arena.u8(16, arena.bytes - 16).fill(0xa5);
      arena.u8(weights, plan.weightBytes).set(plan.packWeights(rows));
      if (activations === 'f32') arena.f32(x, bytes.length).set(floats);
      else arena.i8(x, bytes.length).set(bytes);
      plan.instantiate(arena.memory, { weights, scratch }).run(x, pixels, y, results / shape.outputs);
      const expected =
        activations === 'f32' ? conv2dFloat(type as FloatWeights, rows, floats, plan.shape) : conv2d({ weights: type, activations }, rows, bytes, plan.shape);
      const got = arena[plan.accumulator](y, results);
      if (expected.some((value, at) => value !== got[at])) wrong.push(`${name} ${shape.taps.join('x')}`);
    }
  }
  return { names: CONV_KERNELS.map(({ name }) => name), wrong };
}
