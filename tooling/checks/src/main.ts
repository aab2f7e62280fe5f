/**
 * `node tooling/checks/dist/main.js quick|all`: runs checks, prints one line each, and for `all` ends with one line that also counts
 * the tests of the last `npm test`. Exit code 1 when anything failed.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Check } from './check.ts';
import { QUICK_CHECKS } from './quick.ts';
import { SLOW_CHECKS } from './slow.ts';
import { addCounts, type Counts, testCounts } from './counts.ts';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const CACHE = join(ROOT, '.cache');

async function runChecks(checks: readonly Check[]): Promise<Counts> {
  let failed = 0;
  for (const { name, run } of checks) {
    const started = performance.now();
    const problems = await run(ROOT).catch((error: unknown) => [String(error)]);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${problems.length === 0 ? 'ok    ' : 'FAILED'}  ${name} (${seconds} s)`);
    for (const problem of problems) console.log(`        ${problem}`);
    if (problems.length > 0) failed += 1;
  }
  return { passed: checks.length - failed, failed };
}

const readJson = (name: string): Promise<unknown> => readFile(join(CACHE, name), 'utf8').then(JSON.parse, () => undefined);

async function main(): Promise<number> {
  const [mode] = process.argv.slice(2);
  await mkdir(CACHE, { recursive: true });
  if (mode === 'quick') {
    const counts = await runChecks(QUICK_CHECKS);
    await writeFile(join(CACHE, 'quick-checks.json'), JSON.stringify(counts));
    return counts.failed === 0 ? 0 : 1;
  }
  if (mode !== 'all') {
    console.error('usage: main.js quick|all');
    return 2;
  }
  const slow = await runChecks(SLOW_CHECKS);
  const quick = ((await readJson('quick-checks.json')) ?? { passed: 0, failed: 1 }) as Counts;
  const { passed, failed } = addCounts([testCounts(await readJson('tests.json')), quick, slow]);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();
