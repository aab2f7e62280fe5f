import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FeatureError } from '../errors.ts';
import { FloatSpectrum } from '../float/spectrum.ts';
import { powerSpectrum } from './power-spectrum.ts';

const noise = (length: number, seed: number, peak: number): Float32Array => {
  let state = seed | 1;
  return Float32Array.from({ length }, () => ((state = (Math.imul(state, 1664525) + 1013904223) | 0) / 2 ** 31) * peak);
};

describe.each([64, 128, 256, 512, 1024, 2048])('%i points', (size) => {
  const backends = [powerSpectrum(size, { backend: 'reference' }), powerSpectrum(size, { backend: 'wasm' })];

  test.each(backends)('$backend is the float64 transform within float32 rounding', (spectrum) => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(1e-3, 1, 32768), (seed, peak) => {
        const frame = noise(size, seed, peak);
        const wanted = new Float64Array(size / 2 + 1);
        new FloatSpectrum(size).power(Float64Array.from(frame), wanted);
        spectrum.input.set(frame);
        spectrum.output.fill(NaN);
        spectrum.compute();
        expect(spectrum.input).toEqual(frame);
        const loudest = Math.max(...wanted);
        spectrum.output.forEach((power, k) => expect(Math.abs(power - wanted[k])).toBeLessThan(2e-6 * loudest));
      }),
      { numRuns: 10 },
    );
  });

  test('both give the same bits', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: size, maxLength: size, size: 'max' }), (frame) => {
        const outputs = backends.map((spectrum) => {
          spectrum.input.set(frame);
          spectrum.output.fill(NaN);
          spectrum.compute();
          return spectrum.output.slice();
        });
        expect(outputs[1]).toEqual(outputs[0]);
      }),
      { numRuns: 15 },
    );
  });
});

test('other sizes are refused', () => {
  for (const size of [0, 32, 100, 4096, NaN]) expect(() => powerSpectrum(size)).toThrow(FeatureError);
});
