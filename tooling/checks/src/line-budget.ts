/**
 * The line budget: a file of the house has at most 500 lines, and the median file at most 120.
 * Golden data and generated files are exempt.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Check, sourceFiles } from './check.ts';

/** Most lines of one file. */
export const LONGEST_FILE = 500;
/** Most lines of the median file. */
export const LONGEST_MEDIAN = 120;

/** What is wrong with these line counts, by file. */
export function overBudget(lines: ReadonlyMap<string, number>): readonly string[] {
  const problems = [...lines]
    .filter(([, count]) => count > LONGEST_FILE)
    .map(([file, count]) => `${file} has ${count} lines, the end is ${LONGEST_FILE}: divide it`);
  const counts = [...lines.values()].toSorted((a, b) => a - b);
  const median = counts[Math.floor((counts.length - 1) / 2)] ?? 0;
  return median > LONGEST_MEDIAN ? [...problems, `the median file has ${median} lines, the budget is ${LONGEST_MEDIAN}`] : problems;
}

/** Counts the lines of every source file of the repository. */
export const lineBudget: Check = {
  name: `no source file above ${LONGEST_FILE} lines, median at most ${LONGEST_MEDIAN}`,
  run: async (root) => {
    const lines = new Map<string, number>();
    for (const file of await sourceFiles(root, ['packages', 'apps', 'tooling']))
      lines.set(file, (await readFile(join(root, file), 'utf8')).split('\n').length - 1);
    return overBudget(lines);
  },
};
