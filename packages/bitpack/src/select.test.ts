import type { Capabilities } from '@bitvox/wasm';
import { expect, test } from 'vitest';
import { calibrateGemm, candidateGemms, GEMM_KERNELS, gemmByName, selectGemm, WEIGHT_TYPES, type WeightType } from './index.ts';

const all: Capabilities = { simd: true, relaxedSimd: true, relaxedDot: true, threads: true, bulkMemory: true };
/** What Node 20 offers. */
const plain: Capabilities = { ...all, relaxedSimd: false, relaxedDot: false };
const none: Capabilities = { simd: false, relaxedSimd: false, relaxedDot: false, threads: false, bulkMemory: false };

test('the rule: tables in memory for clips, in registers for single frames, popcount for few rows, scalar words without SIMD', () => {
  const name = (m: number, k: number, t: number, capabilities = all): string => selectGemm({ m, k, t }, { capabilities }).name;
  expect(name(256, 256, 98)).toBe('gemm_1x1_i16__tables4');
  expect(name(256, 256, 1)).toBe('gemm_1x1_i16__relaxedswizzle');
  expect(name(256, 256, 1, plain)).toBe('gemm_1x1_i16__swizzle');
  expect(name(8, 256, 98)).toBe('gemm_1x1_i16__tables4');
  expect(name(4, 256, 98)).toBe('gemm_1x1_i16__popcount');
  expect(name(256, 256, 98, none)).toBe('gemm_1x1_i16__words');
});

test('the rule for bytes: tables for clips, rows on the lanes for single frames', () => {
  const name = (weights: WeightType, m: number, t: number, capabilities = all): string =>
    selectGemm({ m, k: 256, t }, { weights, activations: 'int8', capabilities }).name;
  expect(name('1', 256, 98)).toBe('gemm_1xint8_i32__tables16');
  expect(name('ternary', 256, 98)).toBe('gemm_ternaryxint8_i32__tables16');
  expect(name('ternary', 8, 98)).toBe('gemm_ternaryxint8_i32__dot16');
  for (const weights of ['int4', 'int5', 'int8'] as const) {
    expect(name(weights, 256, 98)).toBe(`gemm_${weights}xint8_i32__dot16`);
    expect(name(weights, 256, 1)).toBe(`gemm_${weights}xint8_i32__outputs`);
    expect(name(weights, 256, 98, none)).toBe(`gemm_${weights}xint8_i32__scalar`);
  }
  expect(selectGemm({ m: 256, k: 256, t: 98 }, { weights: 'ternary', capabilities: all }).name).toBe('gemm_ternaryx1_i16__tables4');
});

test('every pair of types has a kernel for every shape within the limits, whatever the engine can do', () => {
  for (const capabilities of [all, none]) {
    for (const weights of Object.keys(WEIGHT_TYPES) as WeightType[]) {
      for (const shape of [
        { m: 1, k: 1, t: 1 },
        { m: 500, k: 131071, t: 500 },
        { m: 1, k: 131071, t: 1 },
      ]) {
        expect(selectGemm(shape, { weights, activations: 'int8', capabilities })).toMatchObject({ weights, activations: 'int8', accumulator: 'i32' });
      }
    }
    expect(selectGemm({ m: 1, k: 1 << 20, t: 1 }, { weights: 'ternary', accumulator: 'i32', capabilities }).weights).toBe('ternary');
  }
  expect(() => selectGemm({ m: 1, k: 131072, t: 1 }, { weights: 'int8', activations: 'int8' })).toThrow(/int8 × int8.*i32.*BITPACK_KERNEL_UNFIT/);
  expect(() => selectGemm({ m: 1, k: 1, t: 1 }, { weights: 'int4' })).toThrow(/int4 × 1.*BITPACK_KERNEL_UNFIT/);
  expect(() => selectGemm({ m: 1, k: 1, t: 1 }, { weights: 'int3' as 'int4' })).toThrow(/"int3".*BITPACK_TYPE/);
});

test('every shape within the limits has a kernel, whatever the engine can do', () => {
  for (const capabilities of [all, none]) {
    for (const accumulator of ['i16', 'i32'] as const) {
      for (const shape of [
        { m: 1, k: 1, t: 1 },
        { m: 500, k: 32767, t: 500 },
      ]) {
        expect(selectGemm(shape, { accumulator, capabilities }).accumulator).toBe(accumulator);
      }
    }
  }
  expect(() => selectGemm({ m: 1, k: 32768, t: 1 })).toThrow(/BITPACK_KERNEL_UNFIT/);
  expect(selectGemm({ m: 1, k: 1 << 20, t: 1 }, { accumulator: 'i32' }).name).toBe('gemm_1x1_i32__words');
});

test('a name overrides the rule, within what is exact and possible', () => {
  const shape = { m: 256, k: 256, t: 98 };
  for (const kernel of GEMM_KERNELS) expect(gemmByName(kernel.name, shape, { capabilities: all })).toBe(kernel);
  expect(() => gemmByName('gemm_1x1_i16__tables4', shape, { weights: 'ternary' })).toThrow(/BITPACK_KERNEL_UNFIT/);
  expect(() => gemmByName('gemm_1x1_i16__magic', shape)).toThrow(/gemm_1x1_i16__popcount.*BITPACK_KERNEL_UNKNOWN/);
  expect(() => gemmByName('gemm_1x1_i16__tables4', { ...shape, k: 40000 })).toThrow(/BITPACK_KERNEL_UNFIT/);
  expect(() => gemmByName('gemm_1x1_i16__relaxedswizzle', shape, { capabilities: plain })).toThrow(/requires \[relaxedSimd\].*BITPACK_KERNEL_UNFIT/);
  expect(() => gemmByName('gemm_1x1_i16__tables4', shape, { capabilities: none })).toThrow(/requires \[simd\].*BITPACK_KERNEL_UNFIT/);
});

test('calibration times every candidate and orders them by the clock it is given', () => {
  let time = 0;
  const shape = { m: 8, k: 20, t: 40 };
  const calibrations = calibrateGemm(shape, {}, { milliseconds: 0.01, now: () => (time += 0.004) });
  expect(calibrations.map(({ name }) => name).toSorted()).toEqual(
    candidateGemms(shape)
      .map(({ name }) => name)
      .toSorted(),
  );
  for (const weights of Object.keys(WEIGHT_TYPES) as WeightType[]) {
    const choice = { weights, activations: 'int8' } as const;
    expect(calibrateGemm(shape, choice, { milliseconds: 0.01, now: () => (time += 0.004) }).length).toBe(candidateGemms(shape, choice).length);
  }
  expect(calibrations.every(({ microseconds }) => microseconds > 0)).toBe(true);
});
