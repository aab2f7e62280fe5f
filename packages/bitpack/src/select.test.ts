import type { Capabilities } from '@bitvox/wasm';
import { expect, test } from 'vitest';
import { calibrateGemm, candidateGemms, GEMM_KERNELS, gemmByName, selectGemm } from './index.ts';

const all: Capabilities = { simd: true, relaxedSimd: true, relaxedDot: true, threads: true, bulkMemory: true };
const none: Capabilities = { simd: false, relaxedSimd: false, relaxedDot: false, threads: false, bulkMemory: false };

test('the rule: tables for clips, popcount for single frames, scalar words without SIMD', () => {
  const name = (m: number, k: number, t: number, capabilities = all): string => selectGemm({ m, k, t }, { capabilities }).name;
  expect(name(256, 256, 98)).toBe('gemm_1x1_i16__tables4');
  expect(name(256, 256, 1)).toBe('gemm_1x1_i16__popcount');
  expect(name(8, 256, 98)).toBe('gemm_1x1_i16__popcount');
  expect(name(256, 256, 98, none)).toBe('gemm_1x1_i16__words');
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
  for (const kernel of GEMM_KERNELS) expect(gemmByName(kernel.name, shape)).toBe(kernel);
  expect(() => gemmByName('gemm_1x1_i16__magic', shape)).toThrow(/gemm_1x1_i16__popcount.*BITPACK_KERNEL_UNKNOWN/);
  expect(() => gemmByName('gemm_1x1_i16__tables4', { ...shape, k: 40000 })).toThrow(/BITPACK_KERNEL_UNFIT/);
  expect(() => gemmByName('gemm_1x1_i16__tables4', shape, { capabilities: none })).toThrow(/requires \[simd\].*BITPACK_KERNEL_UNFIT/);
});

test('calibration times every candidate and orders them by the clock it is given', () => {
  let time = 0;
  const shape = { m: 8, k: 20, t: 40 };
  const calibrations = calibrateGemm(shape, {}, 0.01, () => (time += 0.004));
  expect(calibrations.map(({ name }) => name).toSorted()).toEqual(
    candidateGemms(shape)
      .map(({ name }) => name)
      .toSorted(),
  );
  expect(calibrations.every(({ microseconds }) => microseconds > 0)).toBe(true);
});
