import { Arena, arenaBytes } from '@bitvox/wasm';
import { expect, test } from 'vitest';
import { candidateConvs, CONV_KERNELS, conv2d, type Conv2dRequest, EXTRA_BYTES, packRows, planConv1d, planConv2d, selectGemm } from './index.ts';

const none = { simd: false, relaxedSimd: false, relaxedDot: false, threads: false, bulkMemory: false };
const layer: Conv2dRequest = {
  outputs: 32,
  channels: 16,
  height: 20,
  width: 30,
  taps: [3, 3],
  padding: { rule: 'zero', top: 1, bottom: 1, left: 1, right: 1 },
};

test('the rule: tables for planes of bits, gathered products for the rest, bytes without SIMD', () => {
  const name = (request: Partial<Conv2dRequest>): string => planConv2d({ ...layer, ...request }).name;
  expect(name({})).toBe('conv2d_1x1_i16__tables4');
  expect(name({ weights: 'ternary' })).toBe('conv2d_ternaryx1_i16__tables4');
  expect(name({ taps: [1, 1], padding: 'none' })).toBe('conv2d_1x1_i16__gather');
  expect(name({ height: 1, width: 3, padding: 'none', taps: [1, 3] })).toBe('conv2d_1x1_i16__gather');
  expect(name({ accumulator: 'i32' })).toBe('conv2d_1x1_i32__gather');
  expect(name({ weights: 'ternary', activations: 'f32' })).toBe('conv2d_ternaryxf32_f32__gather');
  expect(name({ weights: 'int4', activations: 'int8' })).toBe('conv2d_int4xint8_i32__gather');
  expect(name({ capabilities: none })).toBe('conv2d_1x1_i16__gatherbytes');
  for (const { name: kernel } of CONV_KERNELS) expect(name({ kernel })).toBe(kernel);
});

test('several kernels live in one memory, shared between threads, from modules compiled beforehand', () => {
  const shape = { outputs: 5, channels: 7, height: 6, width: 11, taps: [3, 3] } as const;
  const padding = { rule: 'zero', top: 1, bottom: 1, left: 1, right: 1 } as const;
  const x = Uint8Array.from({ length: 7 * 66 }, (_, n) => Number((n * 7907) % 11 > 4));
  for (const kernel of CONV_KERNELS) {
    const { weights: type, activations } = kernel;
    if (activations === 'f32') continue;
    const plan = planConv2d({ ...shape, padding, kernel: kernel.name });
    const sizes = [plan.weightBytes, plan.scratchBytes, 5 * 66 * 4, x.length + EXTRA_BYTES];
    const arena = new Arena(arenaBytes(sizes), { shared: true });
    const [weights, scratch, y, from] = sizes.map((size) => arena.allocate(size)) as [number, number, number, number];
    const rows = packRows(
      Int8Array.from({ length: 5 * 63 }, (_, n) => ((n * 31) % 3) - 1),
      5,
      63,
      plan.weights,
    );
    arena.u8(weights, plan.weightBytes).set(plan.packWeights(rows));
    arena.u8(from, x.length).set(x);
    const target = { scratch, shared: true };
    const modules = plan.modules(target);
    expect(plan.modules(target)).toEqual(modules);
    plan.instantiate(arena.memory, { weights, scratch }, modules).run(from, 66, y, 66);
    const results = plan.accumulator === 'i16' ? arena.i16(y, 5 * 66) : arena.i32(y, 5 * 66);
    const expected = conv2d({ weights: type, activations }, rows, x, plan.shape);
    expect({ name: plan.name, results: Array.from(results) }).toEqual({ name: plan.name, results: Array.from(expected) });
  }
});

test('one tap is the matrix product itself: its layout, its code, no scratch for columns', () => {
  for (const weights of ['1', 'ternary', 'int4', 'int5', 'int8'] as const) {
    const plan = planConv1d({ outputs: 24, channels: 40, t: 98, taps: 1, weights, activations: 'int8' });
    const shape = { m: 24, k: 40, t: 98 };
    const gemm = selectGemm(shape, { weights, activations: 'int8' });
    const rows = packRows(new Int8Array(24 * 40).fill(1), 24, 40, weights);
    expect(plan.packWeights(rows)).toEqual(gemm.packWeights(rows, shape));
    expect(plan.modules({ scratch: 16, shared: false })).toHaveLength(1);
    expect(plan.scratchBytes - gemm.scratchBytes(shape)).toBeLessThan(16);
  }
});

test('a stream: the window of one new frame gives the last frame of the whole', () => {
  const [outputs, channels, taps, dilation] = [8, 12, 5, 2];
  const window = (taps - 1) * dilation + 1;
  const request = { outputs, channels, taps, dilation, weights: 'ternary', activations: 'int8' } as const;
  const x = Int8Array.from({ length: channels * 40 }, (_, n) => ((n * 7919) % 256) - 128);
  const rows = packRows(
    Int8Array.from({ length: outputs * channels * taps }, (_, n) => ((n * 17) % 3) - 1),
    outputs,
    channels * taps,
    'ternary',
  );
  const whole = planConv1d({ ...request, t: 40, padding: { rule: 'zero', left: window - 1 } });
  const step = planConv1d({ ...request, t: window });
  expect([whole.output, step.output]).toEqual([
    [1, 40],
    [1, 1],
  ]);
  const sizes = [whole.weightBytes, whole.scratchBytes, step.weightBytes, step.scratchBytes, outputs * 160, x.length + EXTRA_BYTES];
  const arena = new Arena(arenaBytes(sizes));
  const [wholeWeights, wholeScratch, stepWeights, stepScratch, y, from] = sizes.map((size) => arena.allocate(size)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  arena.u8(wholeWeights, whole.weightBytes).set(whole.packWeights(rows));
  arena.u8(stepWeights, step.weightBytes).set(step.packWeights(rows));
  arena.i8(from, x.length).set(x);
  whole.instantiate(arena.memory, { weights: wholeWeights, scratch: wholeScratch }).run(from, 40, y, 40);
  const expected = Array.from({ length: outputs }, (_, output) => arena.i32(y, outputs * 40)[output * 40 + 39]!);
  step.instantiate(arena.memory, { weights: stepWeights, scratch: stepScratch }).run(from + 40 - window, 40, y, 1);
  expect(Array.from(arena.i32(y, outputs))).toEqual(expected);
});

test('shapes, names, types, addresses and lengths are checked before anything is allocated', () => {
  expect(() => planConv2d({ ...layer, channels: 0 })).toThrow(/channels = 0.*BITPACK_SHAPE/);
  expect(() => planConv2d({ ...layer, height: 1, padding: 'none' })).toThrow(/output height = -1.*BITPACK_SHAPE/);
  expect(() => planConv2d({ ...layer, stride: [1, 0] })).toThrow(/stride width = 0.*BITPACK_SHAPE/);
  expect(() => planConv2d({ ...layer, padding: { rule: 'zero', top: -1 } })).toThrow(/top = -1.*BITPACK_SHAPE/);
  expect(() => planConv2d({ ...layer, padding: { rule: 'mirror' as 'zero' } })).toThrow(/mirror.*BITPACK_SHAPE/);
  expect(() => planConv2d({ ...layer, channels: 1 << 10, height: 1 << 14, width: 1 << 14 })).toThrow(/bytes of padded planes.*BITPACK_SHAPE/);
  expect(() => planConv2d({ ...layer, channels: 4000 })).toThrow(/1 × 1.*i16.*36000 products.*BITPACK_KERNEL_UNFIT/);
  expect(() => planConv2d({ ...layer, weights: 'int4' })).toThrow(/BITPACK_KERNEL_UNFIT/);
  expect(() => planConv2d({ ...layer, kernel: 'conv2d_1x1_i16__magic' })).toThrow(/conv2d_1x1_i16__tables4.*BITPACK_KERNEL_UNKNOWN/);
  expect(() => planConv2d({ ...layer, kernel: 'conv2d_1x1_i16__tables4', weights: 'ternary' })).toThrow(/BITPACK_KERNEL_UNFIT/);
  expect(candidateConvs({ ...layer, capabilities: none }).map(({ name }) => name)).toEqual(['conv2d_1x1_i16__gatherbytes']);
  const plan = planConv2d(layer);
  expect(() => plan.packWeights(new Uint8Array(3))).toThrow(/BITPACK_LENGTH/);
  const memory = new WebAssembly.Memory({ initial: 1 });
  expect(() => plan.instantiate(memory, { weights: 8, scratch: 0 })).toThrow(/weights at 8.*BITPACK_ADDRESS/);
  expect(() => plan.instantiate(memory, { weights: 0, scratch: 1 << 20 })).toThrow(/BITPACK_ADDRESS/);
});
