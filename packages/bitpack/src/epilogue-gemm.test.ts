/** Products with an epilogue against the references: every type of sums, random shapes, poisoned memory, both compilers. */
import { setFlagsFromString } from 'node:v8';
import { Arena, arenaBytes, detectCapabilities } from '@bitvox/wasm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planFinishedGemm } from './epilogue-gemm.ts';
import { type Epilogue, finishElement } from './kernels/epilogue.ts';
import { gemm } from './kernels/gemm.ts';
import type { GemmShape } from './kernels/gemm-1x1.ts';
import type { GemmKernel } from './kernels/kernel.ts';
import { type Noise, noise, TIERS } from './kernels/noise.fixture.ts';
import { GEMM_KERNELS } from './kernels/table.ts';
import { EXTRA_BYTES, WEIGHT_TYPES } from './layout.ts';
import { packRows } from './pack-rows.ts';

interface Trial extends GemmShape {
  readonly frames: number;
  readonly gap: number;
  readonly seed: number;
}

const none = { kind: 'none' } as const;

/** Values added to sums in place, and signs for the next layer. */
function sumsAndSigns({ accumulator }: GemmKernel, channels: number, { integer }: Noise): Epilogue {
  const numbers = (minimum: number, maximum: number): number[] => Array.from({ length: channels }, () => integer(minimum, maximum));
  if (accumulator === 'f32') {
    const affine = { multipliers: Float32Array.from(numbers(-99, 99)), offsets: Float32Array.from(numbers(-99, 99)) };
    return { kind: 'float', affine, activation: none, residual: true, then: none, outputs: [{ format: 'f32' }, { format: 'bit' }] };
  }
  const requantization = {
    arithmetic: accumulator === 'i16' ? 'narrow' : 'wide',
    multipliers: Int32Array.from(numbers(-20_000, 20_000)),
    offsets: Float64Array.from(numbers(-99_999, 99_999)),
    shifts: Uint8Array.from(numbers(8, 14)),
  } as const;
  return { kind: 'value', requantization, activation: none, residual: true, then: none, outputs: [{ format: 'i16' }, { format: 'bit' }] };
}

/** Runs a kernel in poisoned memory; gives what lies where the outputs are, and what should. */
function compare(kernel: GemmKernel, { m, k, t, frames, gap, seed }: Trial, shared: boolean) {
  const random = noise(seed);
  const epilogue = sumsAndSigns(kernel, m, random);
  const plan = planFinishedGemm({ m, k, t, kernel: kernel.name, epilogue });
  const whole = Math.ceil(frames / 16) * 16;
  const [xStride, stride] = [frames + gap, whole + gap];
  const isFloat = kernel.activations === 'f32';
  const sizes = [plan.weightBytes, plan.constantBytes, plan.scratchBytes, 4 * m * stride, m * stride, 4 * k * xStride + EXTRA_BYTES];
  const arena = new Arena(arenaBytes(sizes), { shared });
  const [weights, constants, scratch, sumsAt, bitsAt, x] = sizes.map((size) => arena.allocate(size)) as [number, number, number, number, number, number];
  arena.u8(0, arena.memory.buffer.byteLength).fill(0xa5);

  const { minimum, maximum } = WEIGHT_TYPES[kernel.weights];
  const rows = packRows(
    Int8Array.from({ length: m * k }, () => random.integer(minimum, maximum)),
    m,
    k,
    kernel.weights,
  );
  const inputs = Int8Array.from({ length: k * frames }, () => (kernel.activations === '1' ? random.integer(0, 1) : random.extreme(-128, 127)));
  arena.u8(weights, plan.weightBytes).set(plan.packWeights(rows));
  arena.u8(constants, plan.constantBytes).set(plan.packConstants());
  const activations = isFloat ? arena.f32(x, k * xStride) : arena.i8(x, k * xStride);
  for (let row = 0; row < k; row++) activations.set(inputs.subarray(row * frames, (row + 1) * frames), row * xStride);
  const sums = isFloat ? arena.f32(sumsAt, m * stride) : arena.i16(sumsAt, m * stride);
  const bits = arena.u8(bitsAt, m * stride);
  for (let at = 0; at < m * stride; at++) if (at % stride < frames) sums[at] = random.extreme(-32_768, 32_767);
  const [residuals, before] = [sums.slice(), bits.slice()];

  const { run } = plan.instantiate(arena.memory, { weights, constants, scratch });
  run(x, xStride, frames, sumsAt, stride, sumsAt, stride, bitsAt, stride);

  // Floats are small integers, whose sums are exact in any order.
  const z = gemm({ weights: kernel.weights, activations: isFloat ? 'int8' : kernel.activations }, rows, inputs, { m, k, t: frames });
  const expected = { sums: residuals.slice(), bits: before };
  for (let row = 0; row < m; row++) {
    for (let frame = 0; frame < whole; frame++) {
      const at = row * stride + frame;
      // What lies between `frames` and the end of the step may be anything.
      const stored = frame < frames ? finishElement(epilogue, z[row * frames + frame]!, row, residuals[at]!) : [sums[at]!, bits[at]!];
      [expected.sums[at], expected.bits[at]] = stored as [number, number];
    }
  }
  return { got: { sums: [...sums], bits: [...bits] }, expected: { sums: [...expected.sums], bits: [...expected.bits] } };
}

const trials = fc
  .record({
    m: fc.integer({ min: 1, max: 40 }),
    k: fc.oneof(fc.integer({ min: 1, max: 80 }), fc.integer({ min: 200, max: 600 })),
    t: fc.integer({ min: 1, max: 100 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    gap: fc.constantFrom(0, 3, 16),
    seed: fc.nat(),
  })
  .map(({ share, ...trial }) => ({ ...trial, frames: Math.max(1, Math.round(trial.t * share)) }));

const capabilities = detectCapabilities();
const runnable = GEMM_KERNELS.filter(({ requires }) => requires.every((capability) => capabilities[capability]));

describe.each(TIERS)('$tier', ({ flags, shared }) => {
  test.each(runnable)('$name with an epilogue equals the references', (kernel) => {
    flags.forEach((flag) => setFlagsFromString(flag));
    const property = fc.property(trials, (trial) => {
      const { got, expected } = compare(kernel, trial, shared);
      expect(got).toEqual(expected);
    });
    fc.assert(property, { numRuns: 5, seed: 8 });
  });
});

test('epilogues, places and frames are checked', () => {
  const epilogue = sumsAndSigns(GEMM_KERNELS[0]!, 30, noise(1));
  expect(() => planFinishedGemm({ m: 31, k: 64, t: 96, epilogue })).toThrow(/BITPACK_LENGTH/);
  const plan = planFinishedGemm({ m: 30, k: 64, t: 96, epilogue });
  const memory = new WebAssembly.Memory({ initial: 2 });
  expect(() => plan.instantiate(memory, { weights: 0, constants: 8, scratch: 65_536 })).toThrow(/constants at 8.*BITPACK_ADDRESS/);
  expect(() => plan.instantiate(memory, { weights: 0, constants: 4096, scratch: 131_072 })).toThrow(/scratch.*BITPACK_ADDRESS/);
  const { run } = plan.instantiate(memory, { weights: 0, constants: 8192, scratch: 65_536 });
  for (const frames of [0, 97, Number.NaN]) expect(() => run(0, 96, frames, 0, 96, 0, 96, 0, 96)).toThrow(/BITPACK_FRAMES/);
});
