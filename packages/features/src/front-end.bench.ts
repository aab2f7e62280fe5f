/** Time per second of 16 kHz audio: the integer front end on both backends, one float preset, the power spectrum of 98 frames. */
import { bench, describe } from 'vitest';
import { clipFeatures, floatFeatures, integerFrontEnd, powerSpectrum, SPEC98X40 } from './index.ts';

let state = 1;
const second = Int16Array.from({ length: 16000 }, () => (state = (Math.imul(state, 1664525) + 1013904223) | 0) >> 18);

describe('one second of audio', () => {
  for (const backend of ['wasm', 'reference'] as const) {
    const frontEnd = integerFrontEnd(SPEC98X40, { backend });
    bench(`SPEC98X40, ${backend}`, () => {
      clipFeatures(frontEnd, second);
    });
  }
  bench('float spec98x40', () => {
    floatFeatures('spec98x40', second);
  });
  for (const backend of ['wasm', 'reference'] as const) {
    const spectrum = powerSpectrum(512, { backend });
    bench(`98 power spectra of 512, ${backend}`, () => {
      for (let frame = 0; frame < 98; frame++) spectrum.compute();
    });
  }
});
