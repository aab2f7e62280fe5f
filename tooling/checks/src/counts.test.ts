import { expect, test } from 'vitest';
import { addCounts, testCounts } from './counts.ts';

const report = { success: true, numPassedTests: 7, numFailedTests: 0, testResults: [{ status: 'passed', assertionResults: [{}] }] };

test('a good report counts its tests', () => expect(testCounts(report)).toEqual({ passed: 7, failed: 0 }));

test('a file that did not load is a failure', () => {
  expect(testCounts({ ...report, success: false, testResults: [{ status: 'failed', assertionResults: [] }] })).toEqual({ passed: 7, failed: 1 });
});

test('an unsuccessful run never counts as zero failures', () => expect(testCounts({ ...report, success: false }).failed).toBe(1));

test.each([undefined, null, {}, { success: true }])('a missing or damaged report is a failure: %s', (damaged) =>
  expect(testCounts(damaged)).toEqual({ passed: 0, failed: 1 }),
);

test('counts add up', () =>
  expect(
    addCounts([
      { passed: 1, failed: 2 },
      { passed: 3, failed: 4 },
    ]),
  ).toEqual({ passed: 4, failed: 6 }));
