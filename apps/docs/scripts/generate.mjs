/**
 * Writes the generated pages below `reference/`: command line, errors, packages, API. Everything comes from the built packages and from
 * `results/*.json`; nothing is fetched. Run by `npm run docs` before the site is built.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { catalogueProblems, cataloguesOf, errorPage } from '@bitvox/checks';
import { cliReference } from '@bitvox/cli/reference';
import { writeApiPages } from './api-pages.mjs';
import { curvesPage } from './curves-page.mjs';
import { quantizersPage } from './quantizers-page.mjs';
import { resultsPage } from './results-page.mjs';

const SITE = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const ROOT = resolve(SITE, '..', '..');
const REFERENCE = join(SITE, 'reference');

const manifestOf = async (folder) => JSON.parse(await readFile(join(ROOT, folder, 'package.json'), 'utf8'));

async function packageFolders() {
  const found = [];
  for (const parent of ['packages', 'packages/targets']) {
    const entries = await readdir(join(ROOT, parent), { withFileTypes: true });
    found.push(...entries.filter((entry) => entry.isDirectory() && entry.name !== 'targets').map((entry) => `${parent}/${entry.name}`));
  }
  return found;
}

/** Catalogues of all packages and of the command line, merged by package name. */
async function errorCatalogues(folders) {
  const sources = [];
  for (const folder of folders) {
    const { name } = await manifestOf(folder);
    sources.push([name, await import(name)]);
  }
  sources.push(['bitvox (command line)', await import('@bitvox/cli/reference')]);
  return new Map(
    sources.map(([name, exported]) => [name, Object.assign({}, ...cataloguesOf(exported))]).filter(([, catalogue]) => Object.keys(catalogue).length > 0),
  );
}

/** README files become pages; links between folders of the repository lose their meaning and become plain text. */
async function packagePage(folder) {
  const { name } = await manifestOf(folder);
  const readme = await readFile(join(ROOT, folder, 'README.md'), 'utf8').catch(() => `# ${name}\n`);
  return readme.replace(/\[([^\]]+)\]\((?!https?:|#)[^)]*\)/g, '$1');
}

async function main() {
  await rm(REFERENCE, { recursive: true, force: true });
  await mkdir(join(REFERENCE, 'packages'), { recursive: true });
  const folders = await packageFolders();

  await writeFile(join(REFERENCE, 'cli.md'), await cliReference());

  const catalogues = await errorCatalogues(folders);
  const problems = catalogueProblems(catalogues);
  if (problems.length > 0) throw new Error(`error catalogues:\n${problems.join('\n')}`);
  await writeFile(join(REFERENCE, 'errors.md'), errorPage(catalogues));

  await mkdir(join(REFERENCE, 'quantizers'), { recursive: true });
  await mkdir(join(REFERENCE, 'bifsmn-trainings'), { recursive: true });
  const curves = await curvesPage(join(ROOT, 'results'), 'bifsmn');
  for (const [name, text] of [...quantizersPage(), ...curves]) await writeFile(join(REFERENCE, name), text);

  for (const folder of folders) await writeFile(join(REFERENCE, 'packages', `${folder.split('/').at(-1)}.md`), await packagePage(folder));
  await writeFile(join(REFERENCE, 'architecture.md'), await readFile(join(ROOT, 'ARCHITECTURE.md'), 'utf8'));
  await writeFile(join(REFERENCE, 'results.md'), await resultsPage(join(ROOT, 'results')));
  await writeApiPages(ROOT, folders, join(REFERENCE, 'api'));
}

await main();
