import { expect, test } from 'vitest';
import { detectCapabilities } from './index.ts';

test('an engine that runs these tests has SIMD, bulk memory and shared memory', () => {
  expect(detectCapabilities()).toMatchObject({ simd: true, bulkMemory: true, threads: true });
});

test('the answer is remembered and frozen', () => {
  expect(detectCapabilities()).toBe(detectCapabilities());
  expect(Object.isFrozen(detectCapabilities())).toBe(true);
});

test('the dot product implies the relaxed instructions', () => {
  const { relaxedDot, relaxedSimd } = detectCapabilities();
  expect(relaxedDot && !relaxedSimd).toBe(false);
});
