/** The front end of BiFSMN against numbers of torchaudio's conventions: window, filterbank, silence. */
import { expect, test } from 'vitest';
import { hertzToMel, melFilters, melToHertz } from '../mel.ts';
import { windowFunction } from '../window.ts';
import { floatFeatures } from './features.ts';
import { PRESETS } from './presets.ts';

const { window, mel, fft, sampleRate } = PRESETS.bifsmn_logmel;

test('the squares of the window add up to 768', () => {
  const sum = windowFunction(window.kind, window.length).reduce((total, value) => total + value * value, 0);
  expect(sum).toBeCloseTo(768, 9);
});

test('the edges of the 32 triangles', () => {
  const edges = Array.from({ length: 34 }, (_, at) => melToHertz('htk', (hertzToMel('htk', 8000) * at) / 33));
  const wanted = [
    '0 55.5 115.5 180.2 250.1 325.5 406.8 494.7 589.5 691.8 802.2 921.5 1050.1 1189 1338.9 1500.7 1675.3',
    '1863.8 2067.3 2286.9 2523.9 2779.7 3055.9 3353.9 3675.6 4022.9 4397.6 4802.2 5238.8 5710.1 6218.7 6767.8 7360.4 8000',
  ].flatMap((line) => line.split(' ').map(Number));
  edges.forEach((edge, at) => expect(Math.abs(edge - wanted[at]!)).toBeLessThan(0.06));
  // A filter has weight from one edge to the next but one.
  melFilters(mel, sampleRate, fft).forEach(({ start, weights }, band) => {
    const width = sampleRate / fft;
    expect(start * width).toBeGreaterThan(edges[band]!);
    expect((start - 1) * width).toBeLessThanOrEqual(edges[band]!);
    expect((start + weights.length - 1) * width).toBeLessThan(edges[band + 2]!);
  });
});

test('a second of silence is -100 dB in every cell of 32 x 32', () => {
  const { data, frames, bands } = floatFeatures('bifsmn_logmel', new Int16Array(16_000));
  expect([bands, frames]).toEqual([32, 32]);
  data.forEach((decibels) => expect(decibels).toBeCloseTo(-100, 9));
});
