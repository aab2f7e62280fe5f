import { describe, expect, test } from 'vitest';
import { FeatureError, type FeatureErrorCode } from '../errors.ts';
import { checkFeatureConfig } from './check-config.ts';
import { MFCC98X13, SPEC98X40 } from './config.ts';
import { integerFrontEnd } from './front-end.ts';

const codeOf = (body: () => unknown): FeatureErrorCode | 'none' => {
  try {
    body();
    return 'none';
  } catch (error) {
    if (error instanceof FeatureError) return error.code;
    throw error;
  }
};

test('the default configurations survive a model file', () => {
  for (const config of [SPEC98X40, MFCC98X13]) {
    const read: unknown = JSON.parse(JSON.stringify(config));
    expect(checkFeatureConfig(read)).toEqual(config);
  }
});

describe('a configuration from a stranger', () => {
  test.each([null, undefined, 7, 'spec98x40', []])('%j is not an object', (value) => {
    expect(codeOf(() => checkFeatureConfig(value))).toBe('FEATURE_CONFIG_NOT_AN_OBJECT');
  });

  test.each<[string, unknown]>([
    ['kind', 'wavelet'],
    ['sampleRate', 1e9],
    ['sampleRate', '16000'],
    ['fft', 500],
    ['fft', 4096],
    ['fft', 2 ** 30],
    ['window', 513],
    ['window', 480.5],
    ['window', NaN],
    ['hop', 0],
    ['hop', 481],
    ['bands', 0],
    ['bands', 1e7],
    ['low', -1],
    ['low', 4000],
    ['high', 8001],
    ['high', Infinity],
    ['windowKind', 'kaiser'],
    ['melScale', 'bark'],
    ['melSlope', undefined],
    ['compression', { kind: 'log1p-sqrt', scale: NaN, gain: 1, offset: 0 }],
    ['compression', { kind: 'log', scale: 1, bias: 0, offset: 0 }],
    ['compression', { kind: 'root' }],
  ])('%s = %j is refused', (field, value) => {
    expect(codeOf(() => checkFeatureConfig({ ...SPEC98X40, [field]: value }))).toBe('FEATURE_CONFIG_VALUE');
  });

  test('cepstral fields are checked, and refused where they do not belong', () => {
    expect(codeOf(() => checkFeatureConfig({ ...MFCC98X13, coefficients: 41 }))).toBe('FEATURE_CONFIG_VALUE');
    expect(codeOf(() => checkFeatureConfig({ ...MFCC98X13, gains: [1] }))).toBe('FEATURE_CONFIG_VALUE');
    expect(codeOf(() => checkFeatureConfig({ ...MFCC98X13, gains: MFCC98X13.gains.map(() => 65) }))).toBe('FEATURE_CONFIG_VALUE');
    expect(codeOf(() => checkFeatureConfig({ ...MFCC98X13, offsets: 'x'.repeat(13) }))).toBe('FEATURE_CONFIG_VALUE');
    expect(codeOf(() => checkFeatureConfig({ ...SPEC98X40, coefficients: 13 }))).toBe('FEATURE_CONFIG_UNKNOWN_FIELD');
    expect(codeOf(() => checkFeatureConfig({ ...SPEC98X40, compression: { ...SPEC98X40.compression, bias: 1 } }))).toBe('FEATURE_CONFIG_UNKNOWN_FIELD');
  });

  test('the message names the field, what was got and what was wanted', () => {
    expect(() => checkFeatureConfig({ ...SPEC98X40, hop: 500 })).toThrow(/FEATURE_CONFIG_VALUE: Got 500 for 'hop', wanted a number from 1 to 480/);
  });

  test('filters that cannot work are refused', () => {
    expect(codeOf(() => integerFrontEnd({ ...SPEC98X40, bands: 128 }))).toBe('FEATURE_FILTER_EMPTY');
    expect(codeOf(() => integerFrontEnd({ ...SPEC98X40, fft: 2048, bands: 1, high: 8000 }))).toBe('FEATURE_FILTER_TOO_WIDE');
  });
});
