/** Counting passed and failed tests and checks. Invariant: a report that is missing or damaged counts as one failure, never as none. */
import { z } from 'zod';

/** How many passed and failed. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

/** Adds counts. */
export function addCounts(all: readonly Counts[]): Counts {
  return all.reduce((sum, { passed, failed }) => ({ passed: sum.passed + passed, failed: sum.failed + failed }), { passed: 0, failed: 0 });
}

const reportSchema = z.object({
  success: z.boolean(),
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
});

/** Counts the tests of a vitest JSON report. A file that could not be loaded counts as one failure. */
export function testCounts(report: unknown): Counts {
  const parsed = reportSchema.safeParse(report);
  if (!parsed.success) return { passed: 0, failed: 1 };
  const { success, numPassedTests, numFailedTests, testResults } = parsed.data;
  const unloaded = testResults.filter(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0).length;
  const failed = numFailedTests + unloaded;
  return { passed: numPassedTests, failed: success ? failed : Math.max(1, failed) };
}
