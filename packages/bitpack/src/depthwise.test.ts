/** Every depthwise kernel of the list against the reference, alone and with an epilogue: random shapes, poisoned memory, both compilers. */
import { setFlagsFromString } from 'node:v8';
import { Arena, arenaBytes } from '@bitvox/wasm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planDepthwise } from './depthwise.ts';
import { type FinishedDepthwise, planFinishedDepthwise } from './epilogue-depthwise.ts';
import { depthwise, type DepthwiseShape, largestWeightSum, windowFrames } from './kernels/depthwise.ts';
import type { DepthwiseKernel } from './kernels/depthwise-kernel.ts';
import { DEPTHWISE_KERNELS } from './kernels/depthwise-table.ts';
import { type Epilogue, finishElement } from './kernels/epilogue.ts';
import { type Noise, noise, TIERS } from './kernels/noise.fixture.ts';
import { EXTRA_BYTES, WEIGHT_TYPES } from './layout.ts';
import { packRows } from './pack-rows.ts';

const SUMS = { i16: Int16Array, i32: Int32Array, f32: Float32Array } as const;
const POISON = 0xa5;

interface Trial extends Omit<DepthwiseShape, 'weightSum'> {
  readonly frames: number;
  readonly gap: number;
  readonly seed: number;
  /** Whether weights and activations are the ends of their ranges. */
  readonly extreme: boolean;
}

const many = (count: number, one: () => number): number[] => Array.from({ length: count }, one);

function randomWeights({ weights }: DepthwiseKernel, { channels, taps, extreme }: Trial, { integer, pick }: Noise): Uint8Array | Float32Array {
  if (weights === 'f32') return Float32Array.from(many(channels * taps, () => integer(-1e6, 1e6) / 977));
  const { minimum, maximum } = WEIGHT_TYPES[weights];
  const values = Int8Array.from(many(channels * taps, () => (extreme ? pick([minimum, maximum]) : integer(minimum, maximum))));
  return packRows(values, channels, taps, weights);
}

function randomActivation({ activations }: DepthwiseKernel, extreme: boolean, { integer, pick }: Noise): number {
  if (activations === 'f32') return Math.fround(integer(-1e6, 1e6) / 1013);
  const [minimum, maximum] = { '1': [0, 1], sign: [-1, 1], int8: [-128, 127] }[activations] as [number, number];
  return extreme ? pick([minimum, maximum]) : integer(minimum, maximum);
}

/** Runs a kernel in poisoned memory; gives what lies where the outputs are, and what should. */
function compare(kernel: DepthwiseKernel, trial: Trial, shared: boolean, epilogue?: Epilogue) {
  const { channels, frames, t, gap, extreme } = trial;
  const random = noise(trial.seed);
  const { name, weights, activations, accumulator } = kernel;
  const request = { ...trial, weights, activations, kernel: name };
  const finished = epilogue === undefined ? undefined : planFinishedDepthwise({ ...request, epilogue });
  const plan = finished ?? planDepthwise(request);
  const elementBytes = activations === 'f32' ? 4 : 1;
  const columns = windowFrames(trial, frames);
  const whole = Math.ceil(frames / 16) * 16;
  const [xStride, yStride] = [columns + gap, whole + gap];
  const outputs =
    epilogue === undefined
      ? [SUMS[accumulator]]
      : epilogue.outputs.map(
          ({ format }) => ({ i16: Int16Array, f32: Float32Array, i8: Int8Array, bit: Int8Array, sign: Int8Array, packed: Int8Array })[format],
        );
  const sizes = [
    plan.weightBytes,
    finished?.constantBytes ?? 0,
    plan.scratchBytes,
    channels * yStride * 4,
    ...outputs.map(({ BYTES_PER_ELEMENT }) => channels * yStride * BYTES_PER_ELEMENT + 16),
  ];
  const arena = new Arena(arenaBytes(sizes) + channels * xStride * elementBytes + EXTRA_BYTES, { shared });
  const [at, constants, scratch, residual, ...places] = sizes.map((size) => arena.allocate(size)) as [number, number, number, number, ...number[]];
  const memory = arena.u8(0, arena.memory.buffer.byteLength);
  memory.fill(POISON);
  // The activations end where memory does, so that reading beyond what `EXTRA_BYTES` allows is a trap.
  const x = memory.length - EXTRA_BYTES - Math.ceil((channels * xStride * elementBytes) / 4) * 4;
  const rows = randomWeights(kernel, trial, random);
  const values = Array.from({ length: channels * columns }, () => randomActivation(kernel, extreme, random));
  memory.set(plan.packWeights(rows), at);
  if (finished !== undefined) memory.set(finished.packConstants(), constants);
  const input = activations === 'f32' ? arena.f32(x, channels * xStride) : arena.i8(x, channels * xStride);
  values.forEach((value, n) => (input[Math.floor(n / columns) * xStride + (n % columns)] = value));
  const added = accumulator === 'f32' ? arena.f32(residual, channels * yStride) : arena.i16(residual, channels * yStride);
  if (epilogue !== undefined) added.forEach((_, n) => (added[n] = random.integer(-300, 300)));
  const views = outputs.map((View, n) => new View(arena.memory.buffer, places[n]!, channels * yStride + 16 / View.BYTES_PER_ELEMENT));
  const poison = memory.slice();

  const adds = epilogue !== undefined && epilogue.kind !== 'threshold' && epilogue.residual;
  const { run } = plan.instantiate(arena.memory, { weights: at, constants, scratch }) as FinishedDepthwise;
  run(x, xStride, frames, ...(adds ? [residual, yStride] : []), ...places.flatMap((place) => [place, yStride]));

  const sums = depthwise(kernel, rows, values, { ...trial, t: frames });
  const expected = outputs.map((View, n) => new View(poison.buffer.slice(places[n]!), 0, views[n]!.length));
  for (let channel = 0; channel < channels; channel++) {
    for (let frame = 0; frame < whole; frame++) {
      const place = channel * yStride + frame;
      const sum = sums[channel * frames + frame] ?? 0;
      const stored = epilogue === undefined ? [sum] : finishElement(epilogue, sum, channel, adds ? added[place]! : 0);
      // What lies between `frames` and the end of the step may be anything.
      expected.forEach((row, n) => (row[place] = frame < frames ? stored[n]! : views[n]![place]!));
    }
  }
  const outside = memory.findIndex((byte, n) => byte !== poison[n] && !(n >= scratch && n < scratch + plan.scratchBytes) && !(n >= places[0]! && n < x));
  return { t, name, got: views.map((view) => [...view]), expected: expected.map((row) => [...row]), outside };
}

/** Whether a kernel computes a shape exactly, whatever the weights. */
const isExact = ({ computes, weights }: DepthwiseKernel, shape: Omit<DepthwiseShape, 'weightSum'>): boolean =>
  computes({ ...shape, weightSum: largestWeightSum(weights, shape.taps) });

const trials = (kernel: DepthwiseKernel): fc.Arbitrary<Trial> =>
  fc
    .record({
      channels: fc.integer({ min: 1, max: 4 }),
      taps: fc.integer({ min: 1, max: 21 }),
      dilation: fc.constantFrom(1, 1, 2, 5),
      stride: fc.constantFrom(1, 1, 2, 3),
      t: fc.integer({ min: 1, max: 100 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      gap: fc.constantFrom(0, 1, 16, 37),
      seed: fc.nat(),
      extreme: fc.boolean(),
    })
    .map(({ share, ...trial }) => ({ ...trial, frames: Math.max(1, Math.round(trial.t * share)) }))
    // Kernels that sum in 16 bits hold few taps of wide weights.
    .map((trial) => ({ ...trial, taps: isExact(kernel, trial) ? trial.taps : 1 }));

/** An epilogue with all that one can hold, for sums of a type. */
function fullEpilogue({ accumulator }: DepthwiseKernel, channels: number, random: Noise): Epilogue {
  const numbers = (minimum: number, maximum: number) => many(channels, () => random.integer(minimum, maximum));
  const activations = { activation: { kind: 'relu' }, residual: true } as const;
  if (accumulator === 'f32') {
    const affine = { multipliers: Float32Array.from(numbers(-99, 99)), offsets: Float32Array.from(numbers(-99, 99)) };
    const then = { kind: 'prelu', slopes: Float32Array.from(numbers(-9, 9)) } as const;
    return { kind: 'float', affine, ...activations, then, outputs: [{ format: 'f32' }, { format: 'bit' }] };
  }
  const requantization = {
    arithmetic: 'wide',
    multipliers: Int32Array.from(numbers(-99, 99)),
    offsets: Float64Array.from(numbers(-9999, 9999)),
    shifts: Uint8Array.from(numbers(3, 9)),
  } as const;
  const then = { kind: 'prelu', slopes: Int16Array.from(numbers(-9999, 9999)) } as const;
  return { kind: 'value', requantization, ...activations, then, outputs: [{ format: 'i8', shift: 2 }, { format: 'i16' }, { format: 'sign' }] };
}

describe.each(TIERS)('$tier', ({ flags, shared }) => {
  test.each(DEPTHWISE_KERNELS)('$name equals the reference, alone and with an epilogue, and writes nothing else', (kernel) => {
    flags.forEach((flag) => setFlagsFromString(flag));
    const property = fc.property(trials(kernel), fc.boolean(), (trial, withEpilogue) => {
      const epilogue = withEpilogue ? fullEpilogue(kernel, trial.channels, noise(trial.seed)) : undefined;
      const { name, got, expected, outside } = compare(kernel, trial, shared, epilogue);
      expect({ name, got }).toEqual({ name, got: expected });
      expect(outside).toBe(-1);
    });
    fc.assert(property, { numRuns: 30, seed: 5 });
  });
});

test('as many taps as the sums hold are exact, one more is refused', () => {
  for (const kernel of DEPTHWISE_KERNELS.filter(({ accumulator, name }) => accumulator === 'i16' && name.includes('int8_i16'))) {
    const shape = { channels: 2, dilation: 1, stride: 1, t: 3 };
    const taps = Array.from({ length: 300 }, (_, n) => 300 - n).find((count) => isExact(kernel, { ...shape, taps: count }))!;
    const { got, expected } = compare(kernel, { ...shape, taps, frames: 3, gap: 0, seed: 1, extreme: true }, false);
    expect({ name: kernel.name, taps, got }).toEqual({ name: kernel.name, taps, got: expected });
    const { name, weights, activations } = kernel;
    expect(() => planDepthwise({ ...shape, taps: taps + 1, weights, activations, kernel: name })).toThrow(/BITPACK_KERNEL_UNFIT/);
  }
});

test('names follow the grammar, are unique, and say what the kernel is', () => {
  const names = DEPTHWISE_KERNELS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, op, weights, activations, accumulator } of DEPTHWISE_KERNELS) {
    expect(name.startsWith(`${op}_${weights}x${activations}_${accumulator}__`)).toBe(true);
  }
});

test('the smallest sums that hold are chosen; types, frames and places are checked', () => {
  const request = { channels: 2, taps: 3, t: 8, weights: 'int4', activations: 'int8' } as const;
  expect(planDepthwise(request).name).toBe('depthwise_int4xint8_i16__lanes');
  expect(planDepthwise({ ...request, taps: 32 }).name).toBe('depthwise_int4xint8_i32__dot16');
  expect(planDepthwise({ ...request, accumulator: 'i32' }).name).toBe('depthwise_int4xint8_i32__dot16');
  expect(planDepthwise({ ...request, weights: 'int8', weightSum: 255 }).name).toBe('depthwise_int8xint8_i16__lanes');
  const sums = planDepthwise({ ...request, taps: 1, weightSum: 6 });
  expect(() => sums.packWeights(packRows(Int8Array.of(6, -7), 2, 1, 'int4'))).toThrow(/channel 1.*7.*at most 6.*BITPACK_RANGE/);
  expect(() => planDepthwise({ ...request, activations: 'f32' })).toThrow(/BITPACK_TYPE/);
  expect(() => planDepthwise({ ...request, kernel: 'depthwise' })).toThrow(/BITPACK_KERNEL_UNKNOWN/);
  expect(() => planDepthwise({ ...request, taps: 0 })).toThrow(/taps = 0.*BITPACK_SHAPE/);
  const plan = planDepthwise(request);
  expect(() => plan.packWeights(new Float32Array(6))).toThrow(/BITPACK_TYPE/);
  const memory = new WebAssembly.Memory({ initial: 1 });
  expect(() => plan.instantiate(memory, { weights: 65_536 })).toThrow(/BITPACK_ADDRESS/);
  const { run } = plan.instantiate(memory, { weights: 0 });
  for (const frames of [0, 9, Number.NaN]) expect(() => run(1024, 32, frames, 2048, 16)).toThrow(/BITPACK_FRAMES/);
});
