import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hertzToMel, melFilters, type MelScale, melToHertz } from './mel.ts';

describe.each(['htk', 'slaney'] as const)('%s', (scale: MelScale) => {
  test('hertz to mel and back', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 24_000, noNaN: true }), (hertz) => {
        expect(Math.abs(melToHertz(scale, hertzToMel(scale, hertz)) - hertz)).toBeLessThan(1e-9);
      }),
    );
  });
});

test('known points of the scales', () => {
  expect(hertzToMel('htk', 1000)).toBeCloseTo(999.99, 1);
  expect(hertzToMel('slaney', 1000)).toBeCloseTo(15, 12);
  expect(hertzToMel('slaney', 6400)).toBeCloseTo(42, 12);
});

test('without area norm, neighbouring filters add up to one between the first and the last centre', () => {
  for (const slope of ['hertz', 'mel'] as const) {
    const filters = melFilters({ bands: 40, low: 0, high: 4000, scale: 'htk', slope, norm: 'none' }, 16000, 512);
    const sums = new Float64Array(257);
    for (const { start, weights } of filters) weights.forEach((weight, i) => (sums[start + i] += weight));
    const centre = (band: number): number => Math.ceil(melToHertz('htk', (hertzToMel('htk', 4000) * (band + 1)) / 41) / 31.25);
    for (let bin = centre(0); bin < centre(39); bin++) expect(sums[bin]).toBeCloseTo(1, 12);
    expect(sums[128]).toBeCloseTo(0, 12);
  }
});

test('the first and the last bin can be left out', () => {
  const filters = melFilters({ bands: 40, low: 20, high: 4000, scale: 'htk', slope: 'mel', norm: 'none', firstBin: 2, lastBin: 100 }, 16000, 512);
  expect(filters[0].start).toBe(2);
  expect(Math.max(...filters.filter(({ weights }) => weights.length > 0).map(({ start, weights }) => start + weights.length - 1))).toBe(100);
});
