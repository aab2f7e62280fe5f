/**
 * Checks a feature configuration that came from outside, for example out of a model file, before anything is allocated.
 * Invariant: what passes here has bounded tables and cannot overflow the arithmetic of the integer front end.
 */
import { FeatureError } from '../errors.ts';
import { WINDOW_KINDS } from '../window.ts';
import type { FeatureConfig } from './config.ts';

type Fields = Record<string, unknown>;

const shown = (value: unknown): string => (typeof value === 'number' ? String(value) : (JSON.stringify(value)?.slice(0, 60) ?? String(value)));

function fieldsOf(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new FeatureError('FEATURE_CONFIG_NOT_AN_OBJECT', `Got ${shown(value)} for ${name}.`);
  return value as Fields;
}

function reject(name: string, value: unknown, wanted: string): never {
  throw new FeatureError('FEATURE_CONFIG_VALUE', `Got ${shown(value)} for '${name}', wanted ${wanted}.`);
}

function number(fields: Fields, name: string, low: number, high: number): number {
  const value = fields[name];
  if (typeof value !== 'number' || !(value >= low && value <= high)) reject(name, value, `a number from ${low} to ${high}`);
  return value;
}

function integer(fields: Fields, name: string, low: number, high: number): number {
  const value = fields[name];
  if (!Number.isInteger(value)) reject(name, value, `an integer from ${low} to ${high}`);
  return number(fields, name, low, high);
}

function oneOf(fields: Fields, name: string, choices: readonly string[]): string {
  const value = fields[name];
  if (typeof value !== 'string' || !choices.includes(value)) reject(name, value, `one of ${choices.join(', ')}`);
  return value;
}

function numbers(fields: Fields, name: string, count: number, bound: number): void {
  const value = fields[name];
  if (!Array.isArray(value) || value.length !== count) reject(name, value, `a list of ${count} numbers`);
  value.forEach((_, i) => number(value as unknown as Fields, String(i), -bound, bound));
}

function onlyKnown(fields: Fields, known: readonly string[], name: string): void {
  for (const key of Object.keys(fields)) {
    if (!known.includes(key)) throw new FeatureError('FEATURE_CONFIG_UNKNOWN_FIELD', `Got the field ${shown(key)} in ${name}, known are ${known.join(', ')}.`);
  }
}

const SPECTRAL = ['kind', 'sampleRate', 'window', 'windowKind', 'hop', 'fft', 'bands', 'low', 'high', 'melScale', 'melSlope', 'compression'];

function checkCompression(value: unknown): void {
  const fields = fieldsOf(value, 'compression');
  const kind = oneOf(fields, 'kind', ['log1p-sqrt', 'log']);
  number(fields, 'scale', -1000, 1000);
  number(fields, 'offset', -100_000, 100_000);
  // Below this the curve would bend faster than its table can follow.
  if (kind === 'log') number(fields, 'bias', 1, 1e12);
  else number(fields, 'gain', 1e-6, 1e6);
  onlyKnown(fields, kind === 'log' ? ['kind', 'scale', 'bias', 'offset'] : ['kind', 'scale', 'gain', 'offset'], 'compression');
}

/**
 * Returns `value` as a configuration if it is one.
 * @throws FeatureError `FEATURE_CONFIG_NOT_AN_OBJECT`, `FEATURE_CONFIG_UNKNOWN_FIELD`, `FEATURE_CONFIG_VALUE`
 */
export function checkFeatureConfig(value: unknown): FeatureConfig {
  const fields = fieldsOf(value, 'the feature configuration');
  const kind = oneOf(fields, 'kind', ['log-mel', 'mfcc']);
  onlyKnown(fields, kind === 'mfcc' ? [...SPECTRAL, 'coefficients', 'gains', 'offsets'] : SPECTRAL, `a configuration of kind '${kind}'`);
  const sampleRate = integer(fields, 'sampleRate', 4000, 48_000);
  const fft = integer(fields, 'fft', 64, 2048);
  if ((fft & (fft - 1)) !== 0) reject('fft', fft, 'a power of two from 64 to 2048');
  const window = integer(fields, 'window', 32, fft);
  integer(fields, 'hop', 1, window);
  oneOf(fields, 'windowKind', WINDOW_KINDS);
  const bands = integer(fields, 'bands', 1, 128);
  const low = number(fields, 'low', 0, sampleRate / 2);
  if (!(number(fields, 'high', 0, sampleRate / 2) > low)) reject('high', fields['high'], `a frequency above low = ${low}`);
  oneOf(fields, 'melScale', ['htk', 'slaney']);
  oneOf(fields, 'melSlope', ['hertz', 'mel']);
  checkCompression(fields['compression']);
  if (kind === 'mfcc') {
    const coefficients = integer(fields, 'coefficients', 1, bands);
    numbers(fields, 'gains', coefficients, 64);
    numbers(fields, 'offsets', coefficients, 4096);
  }
  return value as FeatureConfig;
}
