import { expect, test } from 'vitest';
import { fastestGemm, predictMicroseconds } from './fastest.ts';
import { GEMM_TIMES, SPEEDS } from './golden/gemm-times.fixture.ts';
import { STEP_KINDS } from './kernels/steps.ts';
import { GEMM_KERNELS } from './kernels/table.ts';
import { candidateGemms, selectGemm } from './select.ts';
import type { Speeds } from './speeds.ts';

/** The abilities of the engine in which the golden times were measured. */
const capabilities = { simd: true, relaxedSimd: false, relaxedDot: false, threads: true, bulkMemory: true };
const implementation = (name: string): string => name.slice(name.indexOf('__') + 2);

test('with the speeds of a machine, what is chosen is what was fastest there, or nearly', () => {
  for (const { weights, activations, times, ...shape } of GEMM_TIMES) {
    const chosen = implementation(fastestGemm(shape, { weights, activations, capabilities }, { speeds: SPEEDS }));
    const best = Math.min(...Object.values(times));
    expect(times[chosen], `${weights}x${activations} ${JSON.stringify(shape)}: ${chosen}`).toBeLessThan(1.15 * best);
  }
});

test('the rule alone is within a factor of two of the fastest, which is all it can know', () => {
  for (const { weights, activations, times, ...shape } of GEMM_TIMES) {
    const byRule = implementation(selectGemm(shape, { weights, activations, capabilities }).name);
    expect(times[byRule], `${weights}x${activations} ${JSON.stringify(shape)}: ${byRule}`).toBeLessThan(2 * Math.min(...Object.values(times)));
  }
});

test('predictions are within a factor of two of the clock, from one frame to hundreds', () => {
  for (const { weights, activations, times, ...shape } of GEMM_TIMES) {
    for (const kernel of candidateGemms(shape, { weights, activations, capabilities })) {
      const measured = times[implementation(kernel.name)];
      if (measured === undefined) continue;
      const ratio = predictMicroseconds(kernel, shape, SPEEDS) / measured;
      expect(Math.abs(Math.log2(ratio)), `${kernel.name} ${JSON.stringify(shape)}: ${ratio}`).toBeLessThan(1);
    }
  }
});

test('every kernel says what it costs, more for more work', () => {
  const speeds: Speeds = Object.fromEntries(STEP_KINDS.map((kind) => [kind, 1]));
  for (const kernel of GEMM_KERNELS) {
    const time = (m: number, k: number, t: number): number => predictMicroseconds(kernel, { m, k, t }, speeds);
    const small = time(64, 64, 64);
    expect(small).toBeGreaterThan(0);
    for (const larger of [time(256, 64, 64), time(64, 256, 64), time(64, 64, 256)]) {
      // Larger groups of inputs may win some of it back.
      expect(larger).toBeGreaterThan(1.2 * small);
      expect(larger).toBeLessThan(8 * small);
    }
    expect(time(1, 1, 1)).toBeGreaterThan(0);
  }
});

test('the rule stands unless another kernel is clearly faster', () => {
  const shape = { m: 256, k: 256, t: 1 };
  const choice = { capabilities };
  const byRule = selectGemm(shape, choice).name;
  expect(byRule).toBe('gemm_1x1_i16__swizzle');
  const choose = (words: number): string => implementation(fastestGemm(shape, choice, { speeds: { ...SPEEDS, words: words * SPEEDS.words! } }));
  expect([choose(1), choose(0.95), choose(0.5), choose(0.2)]).toEqual(['swizzle', 'swizzle', 'words', 'words']);
  // Nothing is known of what the rule chose.
  expect(fastestGemm(shape, choice, { speeds: { words: 0.001, vector: 0.001 } })).toBe(byRule);
  expect(fastestGemm(shape, choice, { speeds: {} })).toBe(byRule);
});

test('a busy machine, which no probe settles on, goes by the rule', () => {
  let milliseconds = 0;
  for (let n = 0; n < 5; n++) {
    const shape = { m: 256, k: 256, t: 8 };
    expect(fastestGemm(shape, {}, { now: () => (milliseconds += 5) })).toBe(selectGemm(shape).name);
  }
  // Three measurements that are given up when their time is over; none after them.
  expect(milliseconds).toBeLessThan(500);
});

test('impossible shapes and types are refused', () => {
  expect(() => fastestGemm({ m: 1, k: 1 << 20, t: 1 })).toThrow(/BITPACK_KERNEL_UNFIT/);
  expect(() => fastestGemm({ m: 0, k: 8, t: 1 })).toThrow(/BITPACK_SHAPE/);
  expect(() => fastestGemm({ m: 1, k: 8, t: 1 }, { weights: 'int3' as 'int4' })).toThrow(/BITPACK_TYPE/);
});
