import { expect, test } from 'vitest';
import { detectionErrors } from './detection-errors.ts';

const LABELS = ['yes', 'no', 'unknown'];

test('misses are counted at the threshold that allows a share of false alarms', () => {
  // Ten other sounds that look like "yes" at 0.1, 0.2, ..., 1, and four words, of which one is taken for the other.
  const others = Array.from({ length: 10 }, (_, at) => [(at + 1) / 10, 0, 0.5]);
  const words = [
    [0.95, 0, 0],
    [0.85, 0, 0],
    [0.99, 0.5, 0],
    [0.2, 0.9001, 0.95],
  ];
  const truth = [...others.map(() => 2), 0, 0, 1, 1];
  const curve = detectionErrors([...others, ...words], truth, LABELS);
  // Below a tenth no false alarm is allowed, which no word reaches; at a tenth the loudest may pass, the threshold lies above 0.9.
  expect(curve.map(({ misses }) => misses)).toEqual([1, 1, 1, 1, 0.5]);
});

test('there is no curve without words or without other sounds', () => {
  expect(detectionErrors([[1, 0, 0]], [0], LABELS)).toEqual([]);
  expect(detectionErrors([[1, 0, 0]], [2], LABELS)).toEqual([]);
});
