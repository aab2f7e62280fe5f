/** Every stage of every kind of epilogue against the reference: random numbers, poisoned memory, gaps between rows, both compilers. */
import { setFlagsFromString } from 'node:v8';
import { Arena, arenaBytes } from '@bitvox/wasm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EPILOGUES, planEpilogue } from './epilogue.ts';
import { type Activation, type Epilogue, type EpilogueSource, finishElement, type Requantization, type ValueOutput } from './kernels/epilogue.ts';
import { type Noise, noise, TIERS } from './kernels/noise.fixture.ts';

const ELEMENT = { packed: Int8Array, bit: Int8Array, sign: Int8Array, i8: Int8Array, i16: Int16Array, i32: Int32Array, f32: Float32Array } as const;
type Format = keyof typeof ELEMENT;
const BYTES = { packed: 1, bit: 1, sign: 1, i8: 1, i16: 2, i32: 4, f32: 4 } as const;
const POISON = 0xa5;

const many = <T>(count: number, one: () => T): T[] => Array.from({ length: count }, one);
const float = (random: Noise): number => Math.fround(random.pick([0, -0, 1, random.extreme(-1000, 1000) / 256, random.integer(-1e6, 1e6)]));

function randomActivation(random: Noise, channels: number, floats: boolean): Activation {
  const kind = random.pick(['none', 'relu', 'prelu', 'steep'] as const);
  if (kind === 'none' || kind === 'relu') return { kind };
  const bound = kind === 'steep' ? 32_767 : 16_383;
  const slopes = floats ? Float32Array.from(many(channels, () => float(random))) : Int16Array.from(many(channels, () => random.extreme(-bound, bound)));
  return { kind: 'prelu', slopes };
}

/** A requantisation within its bounds for accumulators of a magnitude. */
function randomRequantization(random: Noise, channels: number, source: EpilogueSource): Requantization | null {
  const arithmetic = random.pick(['none', 'narrow', 'wide', 'q15'] as const);
  if (arithmetic === 'none' || arithmetic === 'q15') {
    if (arithmetic === 'none') return null;
    return {
      arithmetic,
      scale: source === 'i32' ? random.integer(-14, 0) : random.integer(-3, 7),
      multipliers: Int16Array.from(many(channels, () => random.extreme(-32_767, 32_767))),
      offsets: Int16Array.from(many(channels, () => random.extreme(-32_768, 32_767))),
    };
  }
  const [bound, offset, least] = arithmetic === 'narrow' ? [2 ** 15 - 1, 2 ** 29, 0] : [2 ** 22, 2 ** 50, source === 'i32' ? 22 : 20];
  return {
    arithmetic,
    multipliers: Int32Array.from(many(channels, () => random.extreme(-bound, bound))),
    offsets: Float64Array.from(many(channels, () => random.extreme(-offset, offset))),
    shifts: Uint8Array.from(many(channels, () => random.integer(least, 31))),
  };
}

function randomEpilogue(kind: Epilogue['kind'], random: Noise, channels: number, source: EpilogueSource): Epilogue {
  const activations = (floats: boolean) => ({
    activation: randomActivation(random, channels, floats),
    residual: random.integer(0, 1) === 1,
    then: randomActivation(random, channels, floats),
  });
  const count = random.integer(1, 3);
  if (kind === 'threshold') {
    return {
      kind,
      thresholds: Int32Array.from(many(channels, () => random.pick([random.extreme(-32_769, 32_769), 2 ** 30 - 1, -(2 ** 30) + 1]))),
      directions: Int8Array.from(many(channels, () => random.pick([1, -1]))),
      outputs: many(count, () => ({ format: random.pick(EPILOGUES[kind].formats) })),
    };
  }
  if (kind === 'float') {
    const affine = {
      multipliers: Float32Array.from(many(channels, () => float(random))),
      offsets: Float32Array.from(many(channels, () => float(random))),
    };
    return {
      kind,
      affine: random.pick([null, affine]),
      ...activations(true),
      outputs: many(count, () => ({ format: random.pick(EPILOGUES[kind].formats) })),
    };
  }
  const comparison = () => ({
    limits: Int16Array.from(many(channels, () => random.extreme(-32_768, 32_767))),
    flips: Int8Array.from(many(channels, () => random.pick([0, -1]))),
  });
  const output = (): ValueOutput => {
    const format = random.pick(EPILOGUES[kind].formats);
    if (format === 'i16') return { format };
    if (format === 'i8') return { format, shift: random.integer(0, 15) };
    return random.integer(0, 1) === 1 ? { format, comparison: comparison() } : { format };
  };
  return { kind, requantization: randomRequantization(random, channels, source), ...activations(false), outputs: many(count, output) };
}

/** Largest accumulator that an epilogue is exact for. */
function boundOf(epilogue: Epilogue, source: EpilogueSource): number {
  if (source === 'i8') return 127;
  if (epilogue.kind !== 'value') return source === 'i16' ? 32_767 : 2 ** 30 - 1;
  const { requantization } = epilogue;
  if (requantization?.arithmetic === 'q15' && requantization.scale > 0) return 2 ** (15 - requantization.scale) - 1;
  if (requantization?.arithmetic === 'narrow' || source === 'i16') return 32_767;
  // |z·multiplier| < 2^51.
  return 2 ** 29 - 1;
}

/** A byte with the bit of a frame replaced. */
const replaceBit = (byte: number, frame: number, bit: number): number => (byte & ~(1 << (frame & 7))) | ((bit & 1) << (frame & 7));

/** Runs a random epilogue on a random matrix; gives what lies in its outputs, and what should. */
function compare(kind: Epilogue['kind'], source: EpilogueSource, channels: number, frames: number, seed: number, shared: boolean) {
  const random = noise(seed);
  const epilogue = randomEpilogue(kind, random, channels, source);
  const plan = planEpilogue({ channels, source, epilogue });
  const adds = epilogue.kind !== 'threshold' && epilogue.residual;
  const residualFormat = kind === 'float' ? 'f32' : 'i16';
  const formats: Format[] = [source, residualFormat, ...epilogue.outputs.map(({ format }) => format)];
  const whole = Math.ceil(frames / 16) * 16;
  const strides = formats.map(() => whole + random.pick([0, 1, 16, 33]));
  const sizes = formats.map((format, n) => channels * strides[n]! * BYTES[format] + 16);
  const bytes = arenaBytes([plan.constantBytes, ...sizes]);
  const arena = new Arena(bytes, { shared });
  const [constants, ...at] = [plan.constantBytes, ...sizes].map((size) => arena.allocate(size)) as [number, ...number[]];
  arena.u8(0, arena.memory.buffer.byteLength).fill(POISON);
  arena.u8(constants, plan.constantBytes).set(plan.packConstants());
  const rows = formats.map((format, n) => new ELEMENT[format](arena.memory.buffer, at[n]!, channels * strides[n]! + 16 / BYTES[format]));
  const bound = boundOf(epilogue, source);
  const matrices = rows.slice(0, 2).map((row, n) => {
    for (let channel = 0; channel < channels; channel++) {
      for (let frame = 0; frame < frames; frame++) {
        const value = formats[n] === 'f32' ? float(random) : random.extreme(n === 0 ? -bound : -32_768, n === 0 ? bound : 32_767);
        row[channel * strides[n]! + frame] = value;
      }
    }
    return row.slice();
  });
  const before = rows.map((row) => row.slice());
  const { run } = plan.instantiate(arena.memory, constants);
  run(at[0]!, strides[0]!, frames, ...(adds ? [at[1]!, strides[1]!] : []), ...epilogue.outputs.flatMap((_, n) => [at[n + 2]!, strides[n + 2]!]));
  const expected = before.slice(2);
  const got = rows.slice(2).map((row) => row.slice());
  for (let channel = 0; channel < channels; channel++) {
    for (let frame = 0; frame < whole; frame++) {
      const [z, residual] = matrices.map((matrix, n) => matrix[channel * strides[n]! + frame]!) as [number, number];
      const stored = finishElement(epilogue, z, channel, adds ? residual : 0);
      expected.forEach((row, n) => {
        const isPacked = formats[n + 2] === 'packed';
        const place = channel * strides[n + 2]! + (isPacked ? frame >> 3 : frame);
        // What lies between `frames` and the end of the step may be anything.
        const beyond = isPacked ? got[n]![place]! >> (frame & 7) : got[n]![place]!;
        const value = frame < frames ? stored[n]! : beyond;
        row[place] = isPacked ? replaceBit(row[place]!, frame, value) : value;
      });
    }
  }
  return { name: plan.name, got: got.map((row) => [...row]), expected: expected.map((row) => [...row]) };
}

describe.each(TIERS)('$tier', ({ flags, shared }) => {
  const cases = (['threshold', 'value', 'float'] as const).flatMap((kind) => EPILOGUES[kind].sources.map((source) => ({ kind, source })));
  test.each(cases)('$kind of $source equals the reference, and writes nothing else', ({ kind, source }) => {
    flags.forEach((flag) => setFlagsFromString(flag));
    const property = fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 50 }), fc.nat(), (channels, frames, seed) => {
      const { name, got, expected } = compare(kind, source, channels, frames, seed, shared);
      expect({ name, got }).toEqual({ name, got: expected });
    });
    fc.assert(property, { numRuns: 120, seed: 3 });
  });
});

test('an output may be the residual', () => {
  const epilogue: Epilogue = {
    kind: 'value',
    requantization: null,
    activation: { kind: 'none' },
    residual: true,
    then: { kind: 'none' },
    outputs: [{ format: 'i16' }],
  };
  const plan = planEpilogue({ channels: 2, source: 'i16', epilogue });
  const arena = new Arena(1024);
  const [z, sums] = [arena.allocate(128), arena.allocate(128)];
  arena.i16(z, 64).fill(1000);
  arena.i16(sums, 64).fill(32_000);
  plan.instantiate(arena.memory, 0).run(z, 32, 20, sums, 32, sums, 32);
  expect([arena.i16(sums, 64)[0], arena.i16(sums, 64)[51], arena.i16(sums, 64)[30], arena.i16(sums, 64)[63]]).toEqual([32_767, 32_767, 32_767, 32_767]);
});

test('numbers and places are checked', () => {
  const none: Activation = { kind: 'none' };
  const value = (requantization: Requantization, outputs: readonly ValueOutput[] = [{ format: 'i16' }]): Epilogue => ({
    kind: 'value',
    requantization,
    activation: none,
    residual: false,
    then: none,
    outputs,
  });
  const q15: Requantization = { arithmetic: 'q15', scale: 0, multipliers: Int16Array.of(1), offsets: Int16Array.of(0) };
  const plan = (epilogue: Epilogue, source: EpilogueSource = 'i16', channels = 1) => planEpilogue({ channels, source, epilogue });
  expect(() => plan(value(q15), 'i16', 2)).toThrow(/BITPACK_LENGTH/);
  expect(() => plan(value(q15), 'f32')).toThrow(/BITPACK_EPILOGUE/);
  expect(() => plan(value(q15, []))).toThrow(/BITPACK_EPILOGUE/);
  expect(() => plan({ kind: 'sum' } as unknown as Epilogue)).toThrow(/"sum".*BITPACK_EPILOGUE/);
  expect(() => plan(value(q15, [{ format: 'i8', shift: 16 }]))).toThrow(/shift of 16.*BITPACK_EPILOGUE/);
  expect(() => plan(value({ ...q15, multipliers: Int16Array.of(-32_768) }))).toThrow(/q15.*BITPACK_EPILOGUE/);
  expect(() => plan(value({ arithmetic: 'narrow', multipliers: Int32Array.of(32_768), offsets: Float64Array.of(0), shifts: Uint8Array.of(0) }))).toThrow(
    /narrow/,
  );
  expect(() => plan({ kind: 'threshold', thresholds: Int32Array.of(2 ** 30), directions: Int8Array.of(1), outputs: [{ format: 'bit' }] })).toThrow(
    /BITPACK_EPILOGUE/,
  );
  const memory = new WebAssembly.Memory({ initial: 1 });
  expect(() => plan(value(q15)).instantiate(memory, 8)).toThrow(/constants at 8.*BITPACK_ADDRESS/);
});
