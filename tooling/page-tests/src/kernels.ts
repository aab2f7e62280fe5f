/** Every matrix product that the engine can run against the reference, on shapes with and without ragged edges. Runs in a page. */
import { candidateGemms, EXTRA_BYTES, type FloatWeights, gemm, GEMM_KERNELS, gemmFloat, packRows, planGemm, WEIGHT_TYPES } from '@bitvox/bitpack';
import { Random } from '@bitvox/ternary-prng';
import { Arena, arenaBytes } from '@bitvox/wasm';

const SHAPES = [
  { m: 70, k: 257, t: 1 },
  { m: 33, k: 100, t: 45 },
  { m: 128, k: 256, t: 64 },
];

/** What was compared. */
export interface KernelsResult {
  /** Kernels that ran. */
  readonly names: readonly string[];
  /** Kernel and shape wherever a result differed. */
  readonly wrong: readonly string[];
}

/** Runs them all from a seed. */
export function runKernels(seed: number): KernelsResult {
  const random = new Random(seed, 'kernels');
  const names = new Set<string>();
  const wrong: string[] = [];
  for (const shape of SHAPES) {
    const { m, k, t } = shape;
    for (const kernel of GEMM_KERNELS) {
      if (!candidateGemms(shape, kernel).includes(kernel)) continue;
      const { minimum, maximum } = WEIGHT_TYPES[kernel.weights];
      const rows = packRows(
        Int8Array.from({ length: m * k }, () => minimum + random.below(maximum - minimum + 1)),
        m,
        k,
        kernel.weights,
      );
      const isFloat = kernel.activations === 'f32';
      const bytes = Int8Array.from({ length: k * t }, () => (kernel.activations === '1' ? random.below(2) : random.below(256) - 128));
      const floats = Float32Array.from(bytes, (byte) => byte / 3);
      const plan = planGemm({ ...shape, kernel: kernel.name });
      const sizes = [plan.weightBytes, plan.scratchBytes, m * t * 4, k * t * 4 + EXTRA_BYTES];
      const arena = new Arena(arenaBytes(sizes));
      const [weights, scratch, c, x] = sizes.map((size) => arena.allocate(size)) as [number, number, number, number];
      arena.u8(weights, plan.weightBytes).set(plan.packWeights(rows));
      if (isFloat) arena.f32(x, k * t).set(floats);
      else arena.i8(x, k * t).set(bytes);
      arena.u8(c, m * t * 4).fill(0xa5);
      plan.instantiate(arena.memory, { weights, scratch }).run(x, t, c, t, t);
      const results = arena[plan.accumulator](c, m * t);
      const expected = isFloat ? gemmFloat(kernel.weights as FloatWeights, rows, floats, shape) : gemm(kernel, rows, bytes, shape);
      names.add(kernel.name);
      if (expected.some((value, at) => value !== results[at])) wrong.push(`${kernel.name} ${m}x${k}x${t}`);
    }
  }
  return { names: [...names], wrong };
}
