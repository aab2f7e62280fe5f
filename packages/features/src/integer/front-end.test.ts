import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cosineMatrix } from '../cosine-transform.ts';
import { FeatureError } from '../errors.ts';
import { floatFeatures } from '../float/features.ts';
import { PRESETS } from '../float/presets.ts';
import { type FeatureConfig, frameCount, MFCC98X13, SPEC98X40 } from './config.ts';
import { clipFeatures, integerFeatures, integerFrontEnd } from './front-end.ts';

/** One shape for every size of transform, with windows that are no multiple of a vector. */
const SHAPES: readonly FeatureConfig[] = [
  SPEC98X40,
  MFCC98X13,
  ...[64, 128, 256, 1024, 2048].map((fft): FeatureConfig => ({
    ...SPEC98X40,
    fft,
    window: fft - 5,
    hop: fft / 4 + 1,
    bands: fft / 16,
    high: 8000,
    windowKind: 'hann-periodic',
  })),
  {
    ...MFCC98X13,
    window: 33,
    hop: 33,
    low: 300,
    high: 7600,
    bands: 20,
    melSlope: 'hertz',
    melScale: 'slaney',
    compression: { kind: 'log', scale: 12, bias: 1, offset: -20 },
  },
];

/** Signals that drive the block exponents to their ends, and noise at every level. */
const signal = (length: number): fc.Arbitrary<Int16Array> =>
  fc
    .record({
      kind: fc.constantFrom('noise', 'square', 'constant', 'impulse', 'tone'),
      level: fc.integer({ min: 0, max: 15 }),
      period: fc.integer({ min: 1, max: 400 }),
      seed: fc.integer(),
    })
    .map(({ kind, level, period, seed }) => {
      let state = seed | 1;
      const peak = 2 ** level;
      return Int16Array.from({ length }, (_, i) => {
        state = (Math.imul(state, 1664525) + 1013904223) | 0;
        const value = {
          noise: (state >> 16) / (32768 / peak),
          square: Math.floor(i / period) % 2 === 0 ? peak : -peak,
          constant: seed < 0 ? -peak : peak,
          impulse: i % period === 0 ? peak : 0,
          tone: peak * Math.sin((6.28 * i) / period),
        }[kind]!;
        return Math.min(Math.max(Math.round(value), -32768), 32767);
      });
    });

describe.each(SHAPES.map((config) => ({ config, name: `${config.kind}, ${config.window} of ${config.fft}, ${config.bands} bands` })))('$name', ({ config }) => {
  const reference = integerFrontEnd(config, { backend: 'reference' });
  const wasm = integerFrontEnd(config, { backend: 'wasm' });

  test('WebAssembly gives the bits of the reference', () => {
    fc.assert(
      fc.property(signal(config.window + 3 * config.hop), (samples) => {
        expect(clipFeatures(wasm, samples).data).toEqual(clipFeatures(reference, samples).data);
      }),
      { numRuns: 40 },
    );
  });

  test.each([reference, wasm])('$backend: frames do not depend on how samples are pushed', (frontEnd) => {
    fc.assert(
      fc.property(
        signal(config.window + 5 * config.hop + 7),
        fc.array(fc.integer({ min: 0, max: 2 * config.window }), { minLength: 1, maxLength: 20 }),
        (samples, sizes) => {
          const whole = clipFeatures(frontEnd, samples);
          expect(whole.frames).toBe(frameCount(config, samples.length));
          frontEnd.reset();
          const streamed: number[] = [];
          for (let at = 0, turn = 0; at < samples.length; turn++) {
            // A cycle of nothing but zeros would never end.
            const size = sizes[turn % sizes.length] + (turn % sizes.length === 0 ? 1 : 0);
            // A buffer of its own, spoiled afterwards: nothing may be kept of it.
            const chunk = samples.slice(at, at + size);
            frontEnd.push(chunk, (frame) => {
              streamed.push(...frame);
              frame.fill(0xa5);
            });
            chunk.fill(0x5a5a);
            at += size;
          }
          expect(Uint8Array.from(streamed)).toEqual(whole.data);
        },
      ),
      { numRuns: 8 },
    );
  });

  test.each([reference, wasm])('$backend: nothing is left of an earlier stream after a reset', (frontEnd) => {
    const quiet = new Int16Array(config.window).fill(3);
    const fresh = integerFeatures(config, quiet, { backend: frontEnd.backend });
    frontEnd.push(new Int16Array(config.window + config.hop - 1).fill(-32768), () => {});
    frontEnd.reset();
    expect(clipFeatures(frontEnd, quiet)).toEqual(fresh);
  });
});

test('coefficients are the cosine transform of the levels', () => {
  let state = 1;
  const samples = Int16Array.from({ length: 16000 }, (_, i) => (state = (Math.imul(state, 1664525) + 1013904223) | 0) >> (17 + Math.floor(i / 1600)));
  const levels = floatFeatures({ ...PRESETS.spec98x40, compression: { ...PRESETS.spec98x40.compression, minimum: -1000, maximum: 1000 } }, samples).data;
  const matrix = cosineMatrix(13, 40, 'orthonormal');
  const { data, frames } = integerFeatures(MFCC98X13, samples);
  for (let t = 0; t < frames; t++) {
    for (let k = 0; k < 13; k++) {
      let sum = 0;
      for (let m = 0; m < 40; m++) sum += matrix[k * 40 + m] * levels[t * 40 + m];
      const wanted = Math.min(Math.max(MFCC98X13.gains[k] * sum + MFCC98X13.offsets[k], 0), 255);
      expect(Math.abs(data[t * 13 + k] - wanted)).toBeLessThan(1);
    }
  }
});

test('two streams do not disturb each other, and one may be pushed to from inside another', () => {
  const noise = Int16Array.from({ length: 4000 }, (_, i) => (Math.imul(i + 1, 0x9e3779b1) >> 16) as number);
  const [a, b] = [integerFrontEnd(), integerFrontEnd()];
  const frames: number[] = [];
  const inner: number[] = [];
  a.push(noise, (frame) => {
    b.push(noise.subarray(0, 160), (other) => inner.push(...other));
    frames.push(...frame);
  });
  expect(Uint8Array.from(frames)).toEqual(integerFeatures(SPEC98X40, noise).data);
  expect(inner.length).toBeGreaterThan(0);
});

test('a front end says what a device needs', () => {
  const { frameLength, hop, bands, stateBytes, scratchBytes } = integerFrontEnd();
  expect({ frameLength, hop, bands, stateBytes, scratchBytes }).toEqual({ frameLength: 480, hop: 160, bands: 40, stateBytes: 964, scratchBytes: 2132 });
});

test('samples of another type are refused', () => {
  for (const samples of [new Float32Array(480), [1, 2, 3], undefined, new Uint8Array(960)]) {
    expect(() => integerFrontEnd().push(samples as unknown as Int16Array, () => {})).toThrow(FeatureError);
  }
});
