import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FloatSpectrum } from './spectrum.ts';

test('any even length, composite or prime times two, is the transform by definition', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.integer(), (half, seed) => {
      const length = 2 * half;
      let state = seed | 1;
      const frame = Float64Array.from({ length }, () => (state = (Math.imul(state, 1664525) + 1013904223) | 0) / 2 ** 31);
      const power = new Float64Array(half + 1).fill(NaN);
      new FloatSpectrum(length).power(frame, power);
      for (let k = 0; k <= half; k++) {
        let [real, imaginary] = [0, 0];
        frame.forEach((x, i) => {
          real += x * Math.cos((2 * Math.PI * ((i * k) % length)) / length);
          imaginary -= x * Math.sin((2 * Math.PI * ((i * k) % length)) / length);
        });
        expect(power[k]).toBeCloseTo(real * real + imaginary * imaginary, 9);
      }
    }),
    { numRuns: 60 },
  );
});
