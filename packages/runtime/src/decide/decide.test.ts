import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decide, Decider } from './decide.ts';

const LABELS = ['yes', 'no', 'noise'];
const at = (...percent: number[]): Uint16Array => Uint16Array.from(percent, (value) => Math.round((value / 100) * 32_767));
const frames = (...rows: number[][]) => rows.map((row, index) => ({ values: at(...row), time: 100 * index }));
const SETTINGS = { smoothing: 0, thresholds: { yes: 0.6, no: 0.4 }, refractory: 0 };

test('a label is reported when it reaches its own threshold; labels without one never are', () => {
  const found = decide(frames([50, 30, 20], [70, 20, 10], [0, 0, 100], [45, 55, 0]), LABELS, SETTINGS, 100);
  expect(found.map(({ label, time }) => [label, time])).toEqual([
    ['yes', 100],
    ['no', 300],
  ]);
  expect(found[0]!.score).toBe(at(70)[0]);
});

test('the highest of several wins, the first of equals', () => {
  const settings = { ...SETTINGS, thresholds: { yes: 0.3, no: 0.3 } };
  expect(decide(frames([40, 50, 10], [45, 45, 10]), LABELS, settings, 100).map(({ label }) => label)).toEqual(['no', 'yes']);
});

test('scores are averaged over the last frames, fewer at the beginning', () => {
  const settings = { ...SETTINGS, smoothing: 300 };
  const found = decide(frames([50, 0, 0], [60, 0, 0], [69, 0, 0], [60, 0, 0], [0, 0, 0]), LABELS, settings, 100);
  expect(found.map(({ time }) => time)).toEqual([300]);
  expect(found[0]!.score).toBe(Math.floor((at(60)[0]! + at(69)[0]! + at(60)[0]!) / 3));
});

test('nothing is reported for a while after a detection', () => {
  const settings = { ...SETTINGS, refractory: 250 };
  const rows = Array.from({ length: 8 }, () => [90, 5, 5]);
  expect(decide(frames(...rows), LABELS, settings, 100).map(({ time }) => time)).toEqual([0, 400]);
});

test('a reset decider decides like a new one', () => {
  const settings = { ...SETTINGS, smoothing: 200, refractory: 300 };
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(100), fc.nat(100), fc.nat(100)), { maxLength: 30 }), (rows) => {
      const decider = new Decider(LABELS, settings, 100);
      for (const row of rows) decider.push(at(...row), 0);
      decider.reset();
      const again = frames(...rows).flatMap(({ values, time }) => decider.push(values, time) ?? []);
      expect(again).toEqual(decide(frames(...rows), LABELS, settings, 100));
    }),
  );
});

test('bad settings are refused', () => {
  expect(() => new Decider(LABELS, { ...SETTINGS, thresholds: { maybe: 0.5 } }, 100)).toThrow(/RUNTIME_OPTION.*maybe/);
  expect(() => new Decider(LABELS, { ...SETTINGS, thresholds: { yes: 1.5 } }, 100)).toThrow('RUNTIME_OPTION');
  expect(() => new Decider(LABELS, SETTINGS, 0)).toThrow('RUNTIME_OPTION');
});
