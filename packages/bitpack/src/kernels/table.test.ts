/** Every kernel of the list against the reference: random shapes, poisoned memory, strides, and both compiler tiers. */
import { setFlagsFromString } from 'node:v8';
import { Arena, arenaBytes } from '@bitvox/wasm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EXTRA_BYTES, rowBytes } from '../layout.ts';
import { planGemm } from '../plan.ts';
import { gemm1x1, type GemmShape } from './gemm-1x1.ts';
import { GEMM_KERNELS } from './table.ts';

/** A generator of bytes that is the same on every machine. */
function noise(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24;
}

interface Trial extends GemmShape {
  readonly frames: number;
  readonly xGap: number;
  readonly cGap: number;
  readonly seed: number;
  /** Chance of a 1 in 256ths: 0 and 256 reach the extremes of the sums, */
  readonly ones: number;
  /** and so does inverting the activations, with every product −1. */
  readonly inverted: boolean;
}

/** Runs one kernel in poisoned memory and returns what it left in `c`, with the reference laid out the same way. */
function compare(name: string, { m, k, t, frames, xGap, cGap, seed, ones, inverted }: Trial, tag = 0) {
  const next = noise(seed);
  const plan = planGemm({ m, k, t, kernel: name });
  const [xStride, cStride] = [frames + xGap, frames + cGap];
  const element = plan.accumulator === 'i16' ? 2 : 4;
  const sizes = [tag * 16, plan.weightBytes, plan.scratchBytes, m * cStride * element + 64, k * xStride + EXTRA_BYTES];
  const arena = new Arena(arenaBytes(sizes));
  const [, weights, scratch, c] = sizes.map((size) => arena.allocate(size)) as [number, number, number, number, number];
  // The activations end where memory does, so that reading beyond what `EXTRA_BYTES` allows is a trap.
  const x = arena.memory.buffer.byteLength - k * xStride - EXTRA_BYTES;
  const memory = arena.u8(0, arena.memory.buffer.byteLength);
  memory.fill(0xa5);

  const rows = Uint8Array.from({ length: m * rowBytes(k) }, () => Array.from({ length: 8 }, (_, bit) => Number(next() < ones) << bit).reduce((a, b) => a | b));
  const bits = Uint8Array.from({ length: k * frames }, () => Number(next() < ones !== inverted));
  memory.set(plan.packWeights(rows), weights);
  for (let row = 0; row < k; row++) memory.set(bits.subarray(row * frames, (row + 1) * frames), x + row * xStride);
  const poison = memory.slice(0, arena.memory.buffer.byteLength);
  plan.instantiate(arena.memory, { weights, scratch }).run(x, xStride, c, cStride, frames);

  const results = new (element === 2 ? Int16Array : Int32Array)(arena.memory.buffer, c, m * cStride + 64 / element);
  const expected = results.slice().fill(element === 2 ? 0xa5a5 - 0x10000 : 0xa5a5_a5a5 | 0);
  const reference = gemm1x1(rows, bits, { m, k, t: frames });
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
      share: fc.double({ min: 0, max: 1, noNaN: true }),
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
  { m: 3, k: 128 * 31, t: 2, frames: 2, ones: 256 },
  { m: 3, k: 128 * 32, t: 2, frames: 2, ones: 256 },
  { m: 3, k: 128 * 31 + 1, t: 3, frames: 3, ones: 256 },
  { m: 4, k: 32767, t: 3, frames: 3, ones: 256 },
  { m: 4, k: 32767, t: 33, frames: 33, ones: 0 },
];

const TIERS = [
  { tier: 'baseline', flags: ['--liftoff', '--no-wasm-tier-up'], tag: 1, seed: 1 },
  { tier: 'optimising', flags: ['--no-liftoff'], tag: 2, seed: 2 },
];

describe.each(TIERS)('$tier', ({ flags, tag, seed }) => {
  describe.each(GEMM_KERNELS.map(({ name }) => name))('%s', (name) => {
    // The engine keeps the code of equal bytes: another scratch address (`tag`) makes other bytes for the other tier.
    test('equals the reference on random shapes, and writes nothing else', () => {
      flags.forEach((flag) => setFlagsFromString(flag));
      const property = fc.property(trials({ m: 40, k: 300, t: 100 }), (trial) => {
        const { results, expected, outside } = compare(name, trial, tag);
        expect(results).toEqual(expected);
        expect(outside).toBe(-1);
      });
      fc.assert(property, { numRuns: 40, seed });
    });

    test('equals the reference at the edges of its budgets', () => {
      flags.forEach((flag) => setFlagsFromString(flag));
      for (const edge of EDGES.flatMap((shape) => [false, true].map((inverted) => ({ ...shape, inverted })))) {
        const { results, expected, outside } = compare(name, { ...edge, xGap: 3, cGap: 2, seed: 7 }, tag);
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

test('bits that fill the last byte of packed rows do not matter', () => {
  for (const { name } of GEMM_KERNELS) {
    const plan = planGemm({ m: 3, k: 13, t: 40, kernel: name });
    const clean = Uint8Array.of(0xff, 0x1f, 0x12, 0x03, 0x00, 0x00);
    const dirty = clean.map((byte, n) => (n % 2 === 1 ? byte | 0xe0 : byte));
    expect({ name, packed: plan.packWeights(dirty) }).toEqual({ name, packed: plan.packWeights(clean) });
  }
});
