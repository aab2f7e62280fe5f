/**
 * Size ceilings: what a page loads for `export * from` a package: bundled with every package of ours that it needs, minified, gzipped.
 * Third-party libraries are not counted; they are loaded when needed. A ceiling is raised deliberately, in this table.
 */
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import type { Check } from './check.ts';

/** Ceilings in bytes, by folder. */
export const CEILINGS: Readonly<Record<string, number>> = {
  'packages/wasm': 9_000,
  'packages/ternary-prng': 18_000,
  'packages/graph': 14_000,
  'packages/bitpack': 44_000,
  'packages/features': 24_000,
  'packages/models': 9_000,
  'packages/datasets': 22_000,
  'packages/runtime': 68_000,
  'packages/quant-training': 70_000,
};

/** Libraries that are not ours. */
const isThirdParty = (id: string): boolean => !/^[./]|^@bitvox\/|^\0/.test(id);

/** Gzipped bytes of a module with everything it imports but what is left out. */
export async function bundledBytes(root: string, entry: string, isLeftOut: (id: string) => boolean = isThirdParty): Promise<number> {
  const result = await build({
    root,
    configFile: false,
    logLevel: 'error',
    resolve: { conditions: ['@bitvox/source', 'module', 'browser', 'default'] },
    build: {
      write: false,
      minify: true,
      target: 'es2023',
      lib: { entry: join(root, entry), formats: ['es'] },
      rollupOptions: { external: (id: string) => isLeftOut(id) },
    },
  });
  const outputs = (Array.isArray(result) ? result : [result]).flatMap((part) => ('output' in part ? part.output : []));
  const code = outputs.map((output) => (output.type === 'chunk' ? output.code : '')).join('\n');
  return gzipSync(code, { level: 9 }).length;
}

/** Every package below its ceiling. */
export const sizeCeilings: Check = {
  name: 'every package is below its size ceiling',
  run: async (root) => {
    const problems: string[] = [];
    for (const [folder, ceiling] of Object.entries(CEILINGS)) {
      const bytes = await bundledBytes(root, `${folder}/src/index.ts`);
      if (bytes > ceiling) problems.push(`${folder} has ${bytes} bytes minified and gzipped, the ceiling is ${ceiling}`);
    }
    return problems;
  },
};
