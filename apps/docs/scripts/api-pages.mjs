/**
 * API pages by TypeDoc with its Markdown plugin, one folder a package. TypeDoc needs the JavaScript API of TypeScript 6, which only this app installs.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Application } from 'typedoc';

/** Entry files of a package: its main module and, where there is one, the module for Node. */
const entriesOf = (root, folder) => ['src/index.ts', 'src/node/index.ts'].map((file) => join(root, folder, file)).filter((file) => existsSync(file));

async function writePackage(root, folder, out, tsconfig) {
  const name = folder.split('/').at(-1);
  const app = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown'],
    name: `@bitvox/${name}`,
    entryPoints: entriesOf(root, folder),
    tsconfig,
    readme: 'none',
    router: 'module',
    outputs: [{ name: 'markdown', path: join(out, name) }],
    disableSources: true,
    excludePrivate: true,
    excludeInternal: true,
    skipErrorChecking: true,
    hideBreadcrumbs: true,
    hidePageHeader: true,
    entryFileName: 'index',
    useCodeBlocks: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    logLevel: 'Error',
  });
  const project = await app.convert();
  if (project === undefined) throw new Error(`TypeDoc could not read ${folder}`);
  await app.generateOutputs(project);
}

/** Writes the pages of all packages. */
export async function writeApiPages(root, folders, out) {
  const temporary = await mkdtemp(join(tmpdir(), 'bitvox-api-'));
  const tsconfig = join(temporary, 'tsconfig.json');
  await writeFile(
    tsconfig,
    JSON.stringify({
      extends: join(root, 'tsconfig.base.json'),
      compilerOptions: {
        composite: false,
        noEmit: true,
        allowImportingTsExtensions: true,
        rewriteRelativeImportExtensions: false,
        declaration: false,
        declarationMap: false,
      },
      files: folders.flatMap((folder) => entriesOf(root, folder)),
    }),
  );
  try {
    for (const folder of folders) await writePackage(root, folder, out, tsconfig);
  } finally {
    await rm(temporary, { recursive: true });
  }
}
