import { expect, test } from 'vitest';
import type { Detection } from '../decide/decide.ts';
import { matchDetections } from './match.ts';

const heard = (label: string, time: number): Detection => ({ label, index: 0, time, score: 30_000 });
const said = (label: string, start: number) => ({ label, start, end: start + 1000 });

test('words are hit once, by their own label, in time', () => {
  const truth = [said('yes', 1000), said('no', 3000), said('yes', 8000), said('go', 12_000)];
  const detections = [heard('yes', 1900), heard('yes', 2100), heard('yes', 3500), heard('no', 4700), heard('yes', 7900), heard('go', 13_000)];
  const found = matchDetections(detections, truth, { duration: 36_000 });
  expect(found.hits.map(({ truth: { start }, detection: { time } }) => [start, time])).toEqual([
    [1000, 1900],
    [3000, 4700],
    [12_000, 13_000],
  ]);
  expect(found.misses.map(({ start }) => start)).toEqual([8000]);
  expect(found.falseAlarms.map(({ time }) => time)).toEqual([2100, 3500, 7900]);
  expect(found.hitRate).toBe(0.75);
  expect(found.falseAlarmsPerHour).toBe(300);
  expect(found.perLabel['yes']).toEqual({ hits: 1, misses: 1, falseAlarms: 3 });
});

test('overlapping words of one label are hit in order', () => {
  const found = matchDetections([heard('yes', 1500), heard('yes', 1600)], [said('yes', 1400), said('yes', 1000)], { duration: 1000 });
  expect(found.hits.map(({ truth }) => truth.start)).toEqual([1000, 1400]);
});

test('impossible truth is refused', () => {
  expect(() => matchDetections([], [{ label: 'yes', start: 5, end: 5 }], { duration: 1 })).toThrow('RUNTIME_EVALUATION');
  expect(() => matchDetections([], [], { duration: 0 })).toThrow('RUNTIME_EVALUATION');
  expect(matchDetections([], [], { duration: 1 }).hitRate).toBe(1);
});
