/** Every kernel of the list against the reference: random shapes, poisoned memory, strides, and both compiler tiers. */
import { setFlagsFromString } from 'node:v8';
import { Arena, arenaBytes, detectCapabilities } from '@bitvox/wasm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EXTRA_BYTES, MAXIMUM_EXTENT, rowBytes, WEIGHT_TYPES } from '../layout.ts';
import { packRows } from '../pack-rows.ts';
import { planGemm } from '../plan.ts';
import { gemm } from './gemm.ts';
import { type FloatWeights, gemmFloat } from './gemm-float.ts';
import type { GemmShape } from './gemm-1x1.ts';
import type { GemmKernel } from './kernel.ts';
import { GEMM_KERNELS } from './table.ts';

const capabilities = detectCapabilities();
/** The kernels that this engine can run; other versions of Node and the browser run the others (`npm run test:nodes`). */
const KERNELS = GEMM_KERNELS.filter(({ requires }) => requires.every((capability) => capabilities[capability]));

/** A generator of bytes that is the same on every machine. */
function noise(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24;
}

const BITS = [0, 1, 2, 3, 4, 5, 6, 7];

interface Trial extends GemmShape {
  readonly frames: number;
  readonly xGap: number;
  readonly cGap: number;
  readonly seed: number;
  /** Chance of the largest value in 256ths: 0 and 256 reach the extremes of the sums, */
  readonly ones: number;
  /** and so does inverting the activations, with every product negative. */
  readonly inverted: boolean;
}

/** Weights of a kernel's type, packed: all bytes for bits (fill bits too), extremes and what lies between for the others. */
function noisyRows({ weights }: GemmKernel, { m, k, ones }: Trial, next: () => number): Uint8Array {
  const oneOf = (): number => Number(next() < ones);
  if (weights === '1') return new Uint8Array(m * rowBytes(k)).map(() => BITS.reduce((byte, bit) => byte | (oneOf() << bit), 0));
  const { minimum, maximum } = WEIGHT_TYPES[weights];
  const between = (): number => minimum + (next() % (maximum - minimum + 1));
  const values = new Int8Array(m * k).map(() => (ones === 0 || ones === 256 ? (oneOf() === 1 ? maximum : minimum) : between()));
  return packRows(values, m, k, weights);
}

/** Activations of a kernel's type: bytes, or floats of so many sizes that the order of their sums shows. */
function noisyActivations({ activations }: GemmKernel, { k, frames, ones, inverted }: Trial, next: () => number): Int8Array | Float32Array {
  const oneOf = (): boolean => next() < ones !== inverted;
  if (activations === 'f32') return new Float32Array(k * frames).map(() => (oneOf() ? 1 : -1) * (next() / 3) * 2 ** (next() % 12));
  if (activations === '1') return new Int8Array(k * frames).map(() => Number(oneOf()));
  return new Int8Array(k * frames).map(() => (ones === 0 || ones === 256 ? (oneOf() ? 127 : -128) : next() - 128));
}

/** Runs one kernel in poisoned memory and returns what it left in `c`, with the reference laid out the same way. */
function compare(kernel: GemmKernel, trial: Trial, tag = 0) {
  const { m, k, t, frames, xGap, cGap } = trial;
  const { name } = kernel;
  const next = noise(trial.seed);
  const plan = planGemm({ m, k, t, kernel: name });
  const [xStride, cStride] = [frames + xGap, frames + cGap];
  const element = plan.accumulator === 'i16' ? 2 : 4;
  const xBytes = k * xStride * (plan.activations === 'f32' ? 4 : 1);
  const sizes = [tag * 16, plan.weightBytes, plan.scratchBytes, m * cStride * element + 64, xBytes + EXTRA_BYTES];
  const arena = new Arena(arenaBytes(sizes));
  const [, weights, scratch, c] = sizes.map((size) => arena.allocate(size)) as [number, number, number, number, number];
  // The activations end where memory does, so that reading beyond what `EXTRA_BYTES` allows is a trap.
  const x = arena.memory.buffer.byteLength - xBytes - EXTRA_BYTES;
  const memory = arena.u8(0, arena.memory.buffer.byteLength);
  memory.fill(0xa5);

  const rows = noisyRows(kernel, trial, next);
  const values = noisyActivations(kernel, trial, next);
  memory.set(plan.packWeights(rows), weights);
  const activations = values instanceof Float32Array ? arena.f32(x, k * xStride) : arena.i8(x, k * xStride);
  for (let row = 0; row < k; row++) activations.set(values.subarray(row * frames, (row + 1) * frames), row * xStride);
  const poison = memory.slice(0, arena.memory.buffer.byteLength);
  plan.instantiate(arena.memory, { weights, scratch }).run(x, xStride, c, cStride, frames);

  // Floats are compared by their bits.
  const results = new (element === 2 ? Int16Array : Int32Array)(arena.memory.buffer, c, m * cStride + 64 / element);
  const expected = results.slice().fill(element === 2 ? 0xa5a5 - 0x10000 : 0xa5a5_a5a5 | 0);
  const shape = { m, k, t: frames };
  const reference =
    values instanceof Float32Array ? new Int32Array(gemmFloat(kernel.weights as FloatWeights, rows, values, shape).buffer) : gemm(kernel, rows, values, shape);
  for (let row = 0; row < m; row++) expected.set(reference.subarray(row * frames, (row + 1) * frames), row * cStride);
  const outside = memory.findIndex((byte, at) => byte !== poison[at] && !(at >= scratch && at < scratch + plan.scratchBytes) && !(at >= c && at < x));
  return { results: Array.from(results), expected: Array.from(expected), outside };
}

const trials = (maximum: { m: number; k: number; t: number }): fc.Arbitrary<Trial> =>
  fc
    .record({
      m: fc.integer({ min: 1, max: maximum.m }),
      k: fc.integer({ min: 1, max: maximum.k }),
      t: fc.integer({ min: 1, max: maximum.t }),
      // Single frames often: they have paths of their own.
      share: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true })),
      xGap: fc.constantFrom(0, 0, 1, 7, 33),
      cGap: fc.constantFrom(0, 0, 1, 5),
      seed: fc.nat(),
      ones: fc.constantFrom(128, 128, 20, 0, 256),
      inverted: fc.boolean(),
    })
    .map(({ share, ...trial }) => ({ ...trial, frames: Math.max(1, Math.round(trial.t * share)) }));

const EDGES: readonly Omit<Trial, 'xGap' | 'cGap' | 'seed' | 'inverted'>[] = [
  { m: 1, k: 1, t: 1, frames: 1, ones: 128 },
  { m: 5, k: 255, t: 31, frames: 31, ones: 256 },
  { m: 5, k: 256, t: 32, frames: 32, ones: 256 },
  { m: 7, k: 256, t: 64, frames: 33, ones: 0 },
  { m: 130, k: 257, t: 64, frames: 64, ones: 256 },
  { m: 130, k: 512, t: 128, frames: 96, ones: 128 },
  { m: 130, k: 256, t: 64, frames: 64, ones: 256 },
  { m: 128, k: 767, t: 64, frames: 63, ones: 256 },
  { m: 17, k: 8191, t: 2, frames: 2, ones: 0 },
  { m: 17, k: 8192, t: 2, frames: 2, ones: 0 },
  { m: 3, k: 128 * 31, t: 2, frames: 2, ones: 256 },
  { m: 3, k: 128 * 32, t: 2, frames: 2, ones: 256 },
  { m: 3, k: 128 * 31 + 1, t: 3, frames: 3, ones: 256 },
  { m: 17, k: 510, t: 16, frames: 16, ones: 256 },
  { m: 33, k: 511, t: 17, frames: 15, ones: 0 },
  { m: 4, k: 32767, t: 3, frames: 3, ones: 256 },
  { m: 1, k: 32767, t: 33, frames: 33, ones: 0 },
];

const TIERS = [
  { tier: 'baseline', flags: ['--liftoff', '--no-wasm-tier-up'], tag: 1, seed: 1 },
  { tier: 'optimising', flags: ['--no-liftoff'], tag: 2, seed: 2 },
];

describe.each(TIERS)('$tier', ({ flags, tag, seed }) => {
  describe.each(KERNELS)('$name', (kernel) => {
    // The engine keeps the code of equal bytes: another scratch address (`tag`) makes other bytes for the other tier.
    test('equals the reference on random shapes, and writes nothing else', () => {
      flags.forEach((flag) => setFlagsFromString(flag));
      const property = fc.property(trials({ m: 40, k: 300, t: 100 }), (trial) => {
        const { results, expected, outside } = compare(kernel, trial, tag);
        expect(results).toEqual(expected);
        expect(outside).toBe(-1);
      });
      fc.assert(property, { numRuns: 25, seed });
    });

    test('equals the reference at the edges of its budgets', () => {
      flags.forEach((flag) => setFlagsFromString(flag));
      // The greatest depth of 16-bit sums means nothing to the others; theirs is tested below.
      const edges = EDGES.filter(({ k }) => k < 32767 || k === kernel.limits.k);
      for (const edge of edges.flatMap((shape) => [false, true].map((inverted) => ({ ...shape, inverted })))) {
        const { results, expected, outside } = compare(kernel, { ...edge, xGap: 3, cGap: 2, seed: 7 }, tag);
        expect({ edge, results }).toEqual({ edge, results: expected });
        expect(outside).toBe(-1);
      }
    });
  });
});

test('names follow the grammar, are unique, and say what the kernel is', () => {
  const names = GEMM_KERNELS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, op, weights, activations, accumulator } of GEMM_KERNELS) {
    expect(name).toMatch(/^[a-z]+_[0-9a-z]+x[0-9a-z]+_[a-z0-9]+__[a-z0-9]+$/);
    expect(name.startsWith(`${op}_${weights}x${activations}_${accumulator}__`)).toBe(true);
  }
});

test('what fills the last byte of packed rows does not matter', () => {
  for (const { name } of KERNELS.filter(({ weights }) => weights === '1')) {
    const plan = planGemm({ m: 3, k: 13, t: 40, kernel: name });
    const clean = Uint8Array.of(0xff, 0x1f, 0x12, 0x03, 0x00, 0x00);
    const dirty = clean.map((byte, n) => (n % 2 === 1 ? byte | 0xe0 : byte));
    expect({ name, packed: plan.packWeights(dirty) }).toEqual({ name, packed: plan.packWeights(clean) });
  }
});

test('the largest depths are exact, one beyond is refused', () => {
  for (const kernel of KERNELS.filter(({ limits }) => limits.k > 32767 && limits.k < MAXIMUM_EXTENT)) {
    const { k } = kernel.limits;
    for (const inverted of [false, true]) {
      const { results, expected } = compare(kernel, { m: 9, k, t: 1, frames: 1, xGap: 0, cGap: 0, seed: 1, ones: 0, inverted });
      expect({ name: kernel.name, results }).toEqual({ name: kernel.name, results: expected });
    }
    expect(() => planGemm({ m: 1, k: k + 1, t: 1, kernel: kernel.name })).toThrow(/BITPACK_KERNEL_UNFIT/);
  }
});
