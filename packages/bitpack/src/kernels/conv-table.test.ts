/** Every convolution of the list against the reference: random shapes, padding, poisoned memory, and both compiler tiers. */
import { setFlagsFromString } from 'node:v8';
import { Arena, arenaBytes } from '@bitvox/wasm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planConv2d } from '../conv2d.ts';
import { type ActivationType, EXTRA_BYTES, WEIGHT_TYPES } from '../layout.ts';
import { packRows } from '../pack-rows.ts';
import type { ConvKernel } from './conv-kernel.ts';
import { type ConvShape, depthOf, outputPair } from './conv-shape.ts';
import { CONV_KERNELS } from './conv-table.ts';
import { conv2d } from './conv2d.ts';
import { conv2dFloat } from './conv2d-float.ts';
import type { FloatWeights } from './gemm-float.ts';

interface Trial {
  readonly shape: ConvShape;
  readonly seed: number;
  /** Largest values only, so that sums reach their extremes; positive or negative ones. */
  readonly extreme: 'none' | 'positive' | 'negative';
  readonly xGap: number;
  readonly yGap: number;
}

/** Bytes that are the same on every machine. */
function noise(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24;
}

function operands({ weights, activations }: ConvKernel, { shape, seed, extreme }: Trial) {
  const next = noise(seed);
  const { minimum, maximum } = WEIGHT_TYPES[weights];
  const between = (low: number, high: number): number => low + (next() % (high - low + 1));
  const [lowX, highX] = activations === '1' ? [0, 1] : [-128, 127];
  const pixels = shape.channels * shape.height * shape.width;
  const values = new Int8Array(shape.outputs * depthOf(shape)).map(() => (extreme === 'none' ? between(minimum, maximum) : minimum));
  const x = new Int8Array(pixels).map(() => {
    if (extreme === 'none') return between(lowX, highX);
    return extreme === 'positive' ? lowX : highX;
  });
  // Thirds: sums that depend on the order of additions.
  return { rows: packRows(values, shape.outputs, depthOf(shape), weights), x: activations === 'f32' ? Float32Array.from(x, (value) => value / 3) : x };
}

/** The reference takes longest, and serves every kernel of the same types. */
const references = new Map<string, Int32Array | Float32Array>();

function referenceOf({ weights, activations }: ConvKernel, trial: Trial, { rows, x }: ReturnType<typeof operands>): Int32Array | Float32Array {
  const key = JSON.stringify([weights, activations, trial]);
  const compute = (): Int32Array | Float32Array =>
    x instanceof Float32Array
      ? conv2dFloat(weights as FloatWeights, rows, x, trial.shape)
      : conv2d({ weights, activations: activations as ActivationType }, rows, x, trial.shape);
  const reference = references.get(key) ?? compute();
  references.set(key, reference);
  return reference;
}

/** Runs a kernel in poisoned memory; gives what it left where results belong, the same by the reference, and the first byte it should not have touched. */
function compare(kernel: ConvKernel, trial: Trial, tag = 0) {
  const { shape, xGap, yGap } = trial;
  const { margins, rule, ...geometry } = shape;
  const plan = planConv2d({ ...geometry, padding: rule === 'none' ? 'none' : { rule, ...margins }, kernel: kernel.name });
  const [height, width] = outputPair(shape);
  const [xStride, yStride] = [shape.height * shape.width + xGap, height * width + yGap];
  const operand = operands(kernel, trial);
  const element = plan.accumulator === 'i16' ? 2 : 4;
  const xBytes = operand.x.BYTES_PER_ELEMENT * shape.channels * xStride + EXTRA_BYTES;
  const sizes = [tag * 16, plan.weightBytes, plan.scratchBytes, shape.outputs * yStride * element, xBytes + 16];
  const arena = new Arena(arenaBytes(sizes));
  const [, weights, scratch, y] = sizes.map((size) => arena.allocate(size)) as [number, number, number, number, number];
  // The activations end where memory does, so that reading beyond what `EXTRA_BYTES` allows is a trap.
  const x = arena.memory.buffer.byteLength - xBytes;
  const memory = arena.u8(0, arena.memory.buffer.byteLength);
  memory.fill(0xa5);
  memory.set(plan.packWeights(operand.rows), weights);
  const plane = shape.height * shape.width;
  const given = operand.x instanceof Float32Array ? arena.f32(x, (xBytes - EXTRA_BYTES) / 4) : arena.i8(x, xBytes);
  for (let channel = 0; channel < shape.channels; channel++) given.set(operand.x.subarray(channel * plane, (channel + 1) * plane), channel * xStride);
  const poison = memory.slice();
  plan.instantiate(arena.memory, { weights, scratch }).run(x, xStride, y, yStride);

  const results = arena[plan.accumulator](y, shape.outputs * yStride);
  const expected = results.slice();
  new Uint8Array(expected.buffer).fill(0xa5);
  const reference = referenceOf(kernel, trial, operand);
  for (let output = 0; output < shape.outputs; output++) {
    expected.set(reference.subarray(output * height * width, (output + 1) * height * width), output * yStride);
  }
  const inside = (at: number, from: number, bytes: number): boolean => at >= from && at < from + bytes;
  const outside = memory.findIndex((byte, at) => byte !== poison[at] && !inside(at, scratch, plan.scratchBytes) && !inside(at, y, results.byteLength));
  return { results: Array.from(results), expected: Array.from(expected), outside };
}

const upTo = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });
const margin = fc.integer({ min: 0, max: 3 });

const shapes: fc.Arbitrary<ConvShape> = fc
  .record({
    outputs: upTo(9),
    channels: upTo(14),
    height: fc.oneof(fc.constant(1), upTo(12)),
    width: fc.oneof(upTo(8), upTo(60)),
    taps: fc.constantFrom<[number, number]>([1, 1], [3, 3], [5, 5], [1, 3], [1, 11], [2, 4], [4, 1]),
    stride: fc.constantFrom<[number, number]>([1, 1], [1, 1], [1, 1], [2, 2], [1, 2], [3, 1], [2, 3], [1, 5]),
    dilation: fc.constantFrom<[number, number]>([1, 1], [1, 1], [2, 3], [1, 2]),
    rule: fc.constantFrom('none', 'zero', 'minus-one'),
    margins: fc.record({ top: margin, bottom: margin, left: margin, right: margin }),
  })
  .map((shape) => (shape.rule === 'none' ? { ...shape, margins: { top: 0, bottom: 0, left: 0, right: 0 } } : shape))
  .filter((shape) => outputPair(shape).every((extent) => extent >= 1));

const trials: fc.Arbitrary<Trial> = fc.record({
  shape: shapes,
  seed: fc.nat(),
  extreme: fc.constantFrom('none', 'none', 'none', 'positive', 'negative'),
  xGap: fc.constantFrom(0, 0, 3),
  yGap: fc.constantFrom(0, 0, 5),
});

const around = (pixels: number) => ({ top: pixels, bottom: pixels, left: pixels, right: pixels });
const plain = { stride: [1, 1], dilation: [1, 1] } as const;
/** Several strips, several blocks of groups, several pieces of gathered columns; single outputs; all budgets full. */
const EDGES: readonly ConvShape[] = [
  { outputs: 2, channels: 64, height: 20, width: 49, taps: [3, 3], ...plain, rule: 'zero', margins: around(1) },
  { outputs: 1, channels: 83, height: 21, width: 70, taps: [3, 3], ...plain, rule: 'minus-one', margins: around(1) },
  { outputs: 1, channels: 41, height: 17, width: 33, taps: [5, 5], ...plain, rule: 'zero', margins: around(2) },
  { outputs: 17, channels: 6, height: 1, width: 2500, taps: [1, 3], ...plain, rule: 'zero', margins: { top: 0, bottom: 0, left: 2, right: 0 } },
  {
    outputs: 3,
    channels: 9,
    height: 5,
    width: 7,
    taps: [2, 3],
    stride: [4, 4],
    dilation: [3, 2],
    rule: 'zero',
    margins: { top: 0, bottom: 0, left: 1, right: 0 },
  },
  { outputs: 20, channels: 30, height: 1, width: 21, taps: [1, 21], ...plain, rule: 'none', margins: around(0) },
  { outputs: 5, channels: 3, height: 60, width: 7, taps: [4, 4], stride: [4, 4], dilation: [1, 1], rule: 'zero', margins: around(3) },
];

const TIERS = [
  { tier: 'baseline', flags: ['--liftoff', '--no-wasm-tier-up'], tag: 1, seed: 1 },
  { tier: 'optimising', flags: ['--no-liftoff'], tag: 2, seed: 2 },
];

describe.each(TIERS)('$tier', ({ flags, tag, seed }) => {
  describe.each(CONV_KERNELS)('$name', (kernel) => {
    // The engine keeps the code of equal bytes: another scratch address (`tag`) makes other bytes for the other tier.
    test('equals the reference on random shapes, and writes nothing else', () => {
      flags.forEach((flag) => setFlagsFromString(flag));
      const property = fc.property(trials, (trial) => {
        fc.pre(kernel.computes(trial.shape));
        const { results, expected, outside } = compare(kernel, trial, tag);
        expect(results).toEqual(expected);
        expect(outside).toBe(-1);
      });
      fc.assert(property, { numRuns: 40, seed });
    });

    test('equals the reference where the work is cut', () => {
      flags.forEach((flag) => setFlagsFromString(flag));
      for (const shape of EDGES.filter((edge) => kernel.computes(edge))) {
        for (const extreme of ['none', 'positive', 'negative'] as const) {
          const { results, expected, outside } = compare(kernel, { shape, extreme, seed: 7, xGap: 1, yGap: 3 }, tag);
          expect({ shape, extreme, same: results.every((value, at) => Object.is(value, expected[at])), outside }).toEqual({
            shape,
            extreme,
            same: true,
            outside: -1,
          });
        }
      }
    });
  });
});

test('names follow the grammar, are unique, and say what the kernel is', () => {
  const names = CONV_KERNELS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, op, weights, activations, accumulator } of CONV_KERNELS) {
    expect(name).toMatch(/^[a-z0-9]+_[0-9a-z]+x[0-9a-z]+_[a-z0-9]+__[a-z0-9]+$/);
    expect(name.startsWith(`${op}_${weights}x${activations}_${accumulator}__`)).toBe(true);
  }
});
