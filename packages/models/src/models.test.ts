import { formatSummary, summarize } from '@bitvox/graph';
import { describe, expect, test } from 'vitest';
import { dfsmn, separable } from './index.ts';

describe('dfsmn', () => {
  const summary = summarize(dfsmn({ labels: 12 }));

  test('has the weights of its formula', () => {
    const perBlock = 128 * 9 + 128 * 256 + 256 * 128;
    expect(summary.parametersByBits.get(1)).toBe(8 * perBlock);
    expect(summary.parametersByBits.get(8)).toBe(128 * 40 * 5 + 12 * 128);
    expect(summary.binaryMacs).toBe(8 * perBlock * 32);
  });

  test('fits into 160 KB', () => expect(summary.bytes).toBeLessThan(160_000));

  test('says how long a stream has to wait', () => {
    // The front layer reaches 4 frames ahead, each memory 4 frames of 3, the pool 31 frames of 3.
    expect(summary.delay).toBe(4 + 8 * 4 * 3 + 31 * 3);
  });

  test('its float twin has the same weights, all of 32 bits', () => {
    const twin = summarize(dfsmn({ labels: 12, bits: 32 }));
    expect(twin.parameters).toBe(summary.parameters);
    expect([...twin.parametersByBits.keys()]).toEqual([32]);
    expect(twin.binaryMacs).toBe(0);
  });
});

describe('separable', () => {
  test('has about the size of MatchboxNet-3x2x64', () => {
    const { parameters, macs } = summarize(separable({ labels: 12 }));
    // 71.6 K in the original, whose stem is separable; here it is dense.
    expect(parameters).toBeGreaterThan(71_600);
    expect(parameters).toBeLessThan(140_000);
    expect(macs).toBeGreaterThan(1e6);
  });

  test('prints a summary by width', () => {
    expect(formatSummary(summarize(separable({ labels: 12, bits: 8 })))).toContain('8 x 8');
  });
});
