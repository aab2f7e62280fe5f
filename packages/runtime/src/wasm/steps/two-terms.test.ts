import { setFlagsFromString } from 'node:v8';
import { GraphBuilder } from '@bitvox/graph';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lower } from '../../lower/lower.ts';
import { randomFrames, randomModel } from '../../random-model.fixture.ts';
import { createSession } from '../../session/session.ts';
import { planTermTables, tableBytes, termOffsets } from '../kernels/term-tables.ts';

const TWO_TERMS = { weights: { name: 'lpb', bits: 1 }, activations: { name: 'dual-scale', bits: 1, terms: 2 } } as const;

const shape = fc.record({
  seed: fc.integer(),
  inputs: fc.integer({ min: 1, max: 600 }),
  outputs: fc.integer({ min: 1, max: 40 }),
  kernel: fc.integer({ min: 1, max: 3 }),
  stride: fc.integer({ min: 1, max: 10 }),
  frames: fc.integer({ min: 3, max: 30 }),
  padding: fc.nat(2),
  paddingValue: fc.constantFrom('zero' as const, 'quantized' as const),
});

const TIERS = [
  { tier: 'baseline', flags: ['--liftoff', '--no-wasm-tier-up'], seed: 1 },
  { tier: 'optimising', flags: ['--no-liftoff'], seed: 2 },
];

test.each(TIERS)('products of any depth, width and stride are those of the reference ($tier)', ({ flags, seed: firstSeed }) => {
  flags.forEach((flag) => setFlagsFromString(flag));
  fc.assert(
    fc.property(shape, ({ seed, inputs, outputs, kernel, frames, paddingValue, ...drawn }) => {
      const builder = new GraphBuilder('deep');
      const padding = Math.min(drawn.padding, kernel - 1);
      const stride = kernel === 1 ? 1 : drawn.stride;
      const window = { kernel, stride, padding: [padding, 0], paddingValue } as const;
      const x = builder.batchNorm(builder.conv1d(builder.input({ channels: inputs, frames, scale: 2 ** -6 }), { channels: outputs, ...window, ...TWO_TERMS }));
      builder.linear(builder.prelu(x), { channels: 2, ...TWO_TERMS });
      const program = lower(randomModel(builder.build(), seed));
      const input = randomFrames(seed, frames, inputs);
      const [expected, found] = (['reference', 'wasm'] as const).map((backend) => createSession(program, { backend, poison: 0xa5 }).run(input));
      expect(found).toEqual(expected);
    }),
    { numRuns: 40, seed: firstSeed },
  );
});

test('depthwise layers of many taps are those of the reference', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 127 }), fc.integer({ min: 1, max: 3 }), (seed, kernel, stride) => {
      const builder = new GraphBuilder('wide');
      const x = builder.input({ channels: 5, frames: 40, scale: 2 ** -6 });
      const reach = kernel - 1;
      const memory = builder.depthwiseConv1d(x, { kernel, stride, padding: [reach, reach], paddingValue: 'quantized', ...TWO_TERMS });
      builder.linear(builder.batchNorm(memory), { channels: 2, ...TWO_TERMS });
      const program = lower(randomModel(builder.build(), seed));
      const input = randomFrames(seed, 40, 5);
      const [expected, found] = (['reference', 'wasm'] as const).map((backend) => createSession(program, { backend, poison: 0xa5 }).run(input));
      expect(found).toEqual(expected);
    }),
    { numRuns: 40 },
  );
});

test('padding is right for clips of any lengths one after the other', () => {
  const builder = new GraphBuilder('padded');
  const x = builder.conv1d(builder.input({ channels: 4, frames: 24, scale: 2 ** -6 }), { channels: 6, kernel: 3, padding: [1, 1], ...TWO_TERMS });
  const memory = builder.depthwiseConv1d(builder.batchNorm(x), { kernel: 7, padding: [3, 3], paddingValue: 'quantized', ...TWO_TERMS });
  builder.linear(builder.batchNorm(memory), { channels: 2, ...TWO_TERMS });
  const program = lower(randomModel(builder.build(), 3));
  const sessions = (['reference', 'wasm'] as const).map((backend) => createSession(program, { backend, poison: 0xa5 }));
  fc.assert(
    fc.property(fc.array(fc.constantFrom(0, 1, 5, 7, 8, 9, 15, 16, 17, 24), { minLength: 2, maxLength: 8 }), (lengths) => {
      for (const frames of lengths) {
        const input = randomFrames(frames, frames, 4);
        const [expected, found] = sessions.map((session) => session.run(input));
        expect(found).toEqual(expected);
      }
    }),
    { numRuns: 60 },
  );
});

test('factors of second terms end at their limit, where sums saturate too', () => {
  fc.assert(
    fc.property(fc.integer(), fc.constantFrom(1, 7, 24, 130, 257), fc.double({ min: 5, max: 60, noNaN: true }), (seed, channels, distance) => {
      const builder = new GraphBuilder('far');
      const x = builder.conv1d(builder.input({ channels: 4, frames: 20, scale: 2 ** -6 }), { channels, ...TWO_TERMS });
      builder.linear(builder.batchNorm(x), { channels: 3, ...TWO_TERMS }, 'last');
      const model = randomModel(builder.build(), seed);
      const far = { type: 'f32', shape: [channels], data: new Float32Array(channels).fill(distance) } as const;
      const program = lower({ ...model, tensors: new Map(model.tensors).set('last/theta-1', far) });
      const input = randomFrames(seed, 20, 4);
      const [expected, found] = (['reference', 'wasm'] as const).map((backend) => createSession(program, { backend, poison: 0xa5 }).run(input));
      expect(found).toEqual(expected);
    }),
    { numRuns: 30 },
  );
});

test('layers that sum more than there is room for are refused by name', () => {
  const deep = (layer: (builder: GraphBuilder) => void): (() => unknown) => {
    const builder = new GraphBuilder('deep');
    layer(builder);
    return () => lower(randomModel(builder.build(), 1));
  };
  const wide = deep((builder) => void builder.linear(builder.input({ channels: 2047, frames: 1, scale: 2 ** -6 }), { channels: 2, ...TWO_TERMS }, 'layer'));
  expect(wide).toThrow(/RUNTIME_RANGE: node "layer": .*2047/);
  const taps = deep((builder) => {
    const x = builder.input({ channels: 1, frames: 200, scale: 2 ** -6 });
    builder.linear(builder.depthwiseConv1d(x, { kernel: 128, ...TWO_TERMS }, 'layer'), { channels: 2, ...TWO_TERMS });
  });
  expect(taps).toThrow(/RUNTIME_RANGE: node "layer": .*128/);
});

test('numbers that are none, and windows that would take the machine, are refused by name', () => {
  const builder = new GraphBuilder('hostile');
  builder.linear(builder.input({ channels: 3, frames: 2, scale: 2 ** -6 }), { channels: 2, ...TWO_TERMS }, 'layer');
  const model = randomModel(builder.build(), 1);
  const tensor = { type: 'f32', shape: [3], data: Float32Array.of(0, Number.NaN, 0) } as const;
  expect(() => lower({ ...model, tensors: new Map(model.tensors).set('layer/theta-1', tensor) })).toThrow(/RUNTIME_RANGE: node "layer"/);

  const tall = new GraphBuilder('tall');
  const x = tall.input({ channels: 8192, frames: 64, scale: 2 ** -6 });
  const int8 = { weights: { name: 'int8-weights', bits: 8 }, activations: { name: 'int8', bits: 8, range: 2 } } as const;
  tall.linear(tall.conv2d(x, { channels: 1, height: 8192, kernel: [64, 64], ...int8 }, 'layer'), { channels: 2, ...int8 });
  const program = lower(randomModel(tall.build(), 1));
  expect(() => createSession(program, { backend: 'wasm' })).toThrow(/RUNTIME_MEMORY: node "layer"/);
});

test('a product of the largest depth has tables that 16-bit offsets reach, and every offset names the entry of its weights', () => {
  for (const [rows, depth] of [
    [1, 1],
    [32, 400],
    [256, 128],
    [128, 256],
    [8, 2046],
  ] as const) {
    const tables = planTermTables(rows, depth, 2);
    expect(tableBytes(tables)).toBeLessThanOrEqual(65_536);
    const offsets = termOffsets(new Int8Array(rows * depth).fill(1), rows, tables);
    expect(offsets.length).toBe(rows * tables.turns * tables.turn);
    expect(Math.max(...offsets)).toBe(tableBytes(tables) - 16 - 16 * (2 ** tables.group - 2 ** (depth % tables.group || tables.group)));
  }
});
