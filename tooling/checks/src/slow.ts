/** The slow checks: only continuous integration runs them all. Needs a finished build. */
import { access, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Check, problemsOfProgram, problemsOfTool, workspaceFolders } from './check.ts';
import { sizeCeilings } from './sizes.ts';

const lint: Check = { name: 'oxlint finds nothing', run: (root) => problemsOfTool(root, 'oxlint', ['--deny-warnings']) };

const format: Check = { name: 'every file is formatted', run: (root) => problemsOfTool(root, 'oxfmt', ['--check']) };

const deadCode: Check = { name: 'knip finds no dead code', run: (root) => problemsOfTool(root, 'knip', ['--no-progress', '--no-config-hints']) };

/** Packs a package as it would be published, and hands the archive to a judge. */
async function judgePacked(root: string, judge: (archive: string) => Promise<readonly string[]>): Promise<readonly string[]> {
  const problems: string[] = [];
  const destination = await mkdtemp(join(tmpdir(), 'bitvox-pack-'));
  try {
    for (const folder of (await workspaceFolders(root)).filter((path) => path.startsWith('packages/'))) {
      const target = join(destination, folder.replaceAll('/', '-'));
      await mkdir(target);
      const failed = await problemsOfProgram(join(root, folder), 'pnpm', ['pack', '--pack-destination', target]);
      const [archive] = await readdir(target);
      const found = archive === undefined ? failed : await judge(join(target, archive));
      problems.push(...found.map((line) => `${folder}: ${line}`));
    }
  } finally {
    await rm(destination, { recursive: true });
  }
  return problems;
}

const checksFolder = (root: string): string => join(root, 'tooling', 'checks');

const publishable: Check = {
  name: 'publint accepts every packed package',
  run: (root) => judgePacked(root, (archive) => problemsOfTool(root, 'publint', [archive, '--strict'], checksFolder(root))),
};

const resolvable: Check = {
  name: 'types of every packed package resolve (attw, ESM only)',
  run: (root) =>
    judgePacked(root, (archive) => problemsOfTool(root, '@arethetypeswrong/cli', [archive, '--profile', 'esm-only', '--no-color'], checksFolder(root))),
};

/** Versions that cannot be fetched are skipped by name. */
const otherNodes: Check = {
  name: 'generated code gives the same bits on other versions of Node',
  run: (root) => problemsOfProgram(root, process.execPath, ['tooling/test-nodes.mjs']),
};

const site: Check = {
  name: 'the documentation site is built',
  run: async (root) => {
    const pages = ['index.html', 'guide/getting-started.html', 'reference/cli.html', 'reference/errors.html', 'results.html'];
    const missing: string[] = [];
    for (const page of pages) await access(join(root, 'apps/docs/.vitepress/dist', page)).catch(() => missing.push(`${page} is missing`));
    return missing;
  },
};

const RELATIVE_PATH = /(?:\.\.\/)+[\w@./-]*/g;

const nothingOutside: Check = {
  name: 'nothing refers to files outside the repository',
  run: async (root) => {
    const problems: string[] = [];
    for (const file of ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'package.json', 'pnpm-workspace.yaml', 'vitest.config.ts']) {
      for (const [path] of (await readFile(join(root, file), 'utf8')).matchAll(RELATIVE_PATH)) problems.push(`${file} refers to ${path}`);
    }
    return problems;
  },
};

/** In the order in which they run. */
export const SLOW_CHECKS: readonly Check[] = [lint, format, deadCode, publishable, resolvable, sizeCeilings, nothingOutside, otherNodes, site];
