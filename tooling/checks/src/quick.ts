/** The quick checks: part of `npm test`, a few seconds together. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Check, problemsOfTool, workspaceFolders } from './check.ts';
import { lineBudget } from './line-budget.ts';
import { curvesSchema } from './curves.ts';
import { resultsSchema } from './results.ts';

const testTypes: Check = { name: 'tests and scripts pass the type check', run: (root) => problemsOfTool(root, 'typescript', ['-p', 'tsconfig.tests.json']) };

const boundaries: Check = {
  name: 'arrows between packages go to lower ranks only',
  run: (root) => problemsOfTool(root, 'turbo', ['boundaries', '--no-color']),
};

/** A package without a rank would escape the boundaries. */
const ranks: Check = {
  name: 'every package has a rank',
  run: async (root) => {
    const problems: string[] = [];
    for (const folder of await workspaceFolders(root)) {
      const text = await readFile(join(root, folder, 'turbo.json'), 'utf8').catch(() => '{}');
      const { tags = [] } = JSON.parse(text) as { tags?: string[] };
      if (!tags.some((tag) => /^(rank-[0-5]|docs|tooling)$/.test(tag))) problems.push(`${folder}/turbo.json needs a tag: rank-0 to rank-5, docs, or tooling`);
    }
    return problems;
  },
};

const README_HEADINGS = ['What', 'Install', 'Smallest example', 'Numbers', 'Limits'];

const readmes: Check = {
  name: `every package has a README with ${README_HEADINGS.join(', ')}`,
  run: async (root) => {
    const problems: string[] = [];
    for (const folder of (await workspaceFolders(root)).filter((path) => path.startsWith('packages/'))) {
      const text = await readFile(join(root, folder, 'README.md'), 'utf8').catch(() => '');
      const missing = README_HEADINGS.filter((heading) => !new RegExp(`^## ${heading}$`, 'm').test(text));
      if (missing.length > 0)
        problems.push(`${folder}/README.md lacks the heading${missing.length > 1 ? 's' : ''} ${missing.map((heading) => `"## ${heading}"`).join(', ')}`);
    }
    return problems;
  },
};

const resultFiles: Check = {
  name: 'results/*.json follow their schema',
  run: async (root) => {
    const problems: string[] = [];
    for (const file of (await readdir(join(root, 'results')).catch(() => [])).filter((name) => name.endsWith('.json'))) {
      const schema = file.endsWith('-curves.json') ? curvesSchema : resultsSchema;
      const parsed = schema.safeParse(JSON.parse(await readFile(join(root, 'results', file), 'utf8')));
      if (!parsed.success) problems.push(...parsed.error.issues.map((issue) => `results/${file}: ${issue.path.join('.')} ${issue.message}`));
      else if (`${parsed.data.name}.json` !== file) problems.push(`results/${file} calls itself "${parsed.data.name}"`);
    }
    return problems;
  },
};

/** In the order in which they run. */
export const QUICK_CHECKS: readonly Check[] = [testTypes, boundaries, ranks, lineBudget, readmes, resultFiles];
