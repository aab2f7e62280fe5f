import { Arena, arenaBytes, detectCapabilities } from '@bitvox/wasm';
import { expect, test } from 'vitest';
import { EXTRA_BYTES, gemm, GEMM_KERNELS, type GemmPlan, packRows, planGemm, WEIGHT_TYPES } from './index.ts';

const capabilities = detectCapabilities();
/** Those that take bits as bytes. */
const KERNELS = GEMM_KERNELS.filter(({ requires, activations }) => activations !== 'f32' && requires.every((capability) => capabilities[capability]));
const shape = { m: 30, k: 50, t: 40 };
/** Weights of a plan's type, packed. */
function rowsOf({ weights }: Pick<GemmPlan, 'weights'>): Uint8Array {
  const { minimum, maximum } = WEIGHT_TYPES[weights];
  return packRows(
    Int8Array.from({ length: 1500 }, (_, n) => minimum + ((n * 7919) % (maximum - minimum + 1))),
    30,
    50,
    weights,
  );
}
const bits = Uint8Array.from({ length: 2000 }, (_, n) => Number((n * 7907) % 11 > 4));

test('several plans live in one memory and may share one scratch region', () => {
  const plans = KERNELS.map(({ name }) => planGemm({ ...shape, kernel: name }));
  const scratchBytes = Math.max(...plans.map((plan) => plan.scratchBytes));
  const sizes = [scratchBytes, ...plans.map((plan) => plan.weightBytes), 30 * 40 * 4, 50 * 40 + EXTRA_BYTES];
  const arena = new Arena(arenaBytes(sizes));
  const [scratch, ...rest] = sizes.map((size) => arena.allocate(size)) as [number, ...number[]];
  const [c, x] = rest.slice(-2) as [number, number];
  arena.u8(x, bits.length).set(bits);
  plans.forEach((plan, n) => arena.u8(rest[n]!, plan.weightBytes).set(plan.packWeights(rowsOf(plan))));
  const gemms = plans.map((plan, n) => plan.instantiate(arena.memory, { weights: rest[n]!, scratch }));
  const expected = plans.map((plan) => Array.from(gemm(plan, rowsOf(plan), bits, shape)));
  for (const round of [1, 2]) {
    gemms.forEach((gemm, n) => {
      arena.u8(c, 30 * 40 * 4).fill(0xa5);
      gemm.run(x, 40, c, 40, 40);
      const results = plans[n]!.accumulator === 'i16' ? arena.i16(c, 1200) : arena.i32(c, 1200);
      expect({ name: plans[n]!.name, round, results: Array.from(results) }).toEqual({ name: plans[n]!.name, round, results: expected[n] });
    });
  }
});

test('shared memory, and a module compiled beforehand', () => {
  for (const { name } of KERNELS) {
    const plan = planGemm({ ...shape, kernel: name });
    const arena = new Arena(1 << 18, { shared: true });
    const [weights, scratch, c, x] = [plan.weightBytes, plan.scratchBytes, 4800, 2000 + EXTRA_BYTES].map((size) => arena.allocate(size)) as [
      number,
      number,
      number,
      number,
    ];
    arena.u8(weights, plan.weightBytes).set(plan.packWeights(rowsOf(plan)));
    arena.u8(x, bits.length).set(bits);
    const module = plan.module({ scratch, shared: true });
    expect(plan.module({ scratch, shared: true })).toBe(module);
    plan.instantiate(arena.memory, { weights, scratch }, module).run(x, 40, c, 40, 40);
    const results = plan.accumulator === 'i16' ? arena.i16(c, 1200) : arena.i32(c, 1200);
    expect({ name, results: Array.from(results) }).toEqual({ name, results: Array.from(gemm(plan, rowsOf(plan), bits, shape)) });
  }
});

test('shapes, addresses, lengths and frames are checked', () => {
  expect(() => planGemm({ ...shape, m: 0 })).toThrow(/m = 0.*BITPACK_SHAPE/);
  expect(() => planGemm({ ...shape, t: 2 ** 21 })).toThrow(/BITPACK_SHAPE/);
  const plan = planGemm(shape);
  expect(() => plan.packWeights(rowsOf(plan).subarray(1))).toThrow(/BITPACK_LENGTH/);
  const memory = new WebAssembly.Memory({ initial: 1 });
  expect(() => plan.instantiate(memory, { weights: 8, scratch: 0 })).toThrow(/weights at 8.*BITPACK_ADDRESS/);
  expect(() => plan.instantiate(memory, { weights: 0, scratch: 65536 })).toThrow(/BITPACK_ADDRESS/);
  const { run } = plan.instantiate(memory, { weights: 0, scratch: 8192 });
  for (const frames of [0, 41, Number.NaN]) expect(() => run(0, 40, 0, 40, frames)).toThrow(/BITPACK_FRAMES/);
});
