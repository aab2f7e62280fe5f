import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { embeddedModule } from './embedded.ts';
import { buildSignBits } from './kernels/sign-bits.wasm.ts';

/** What is embedded: every module that depends on no shape. */
const GENERATORS = { 'sign-bits': buildSignBits };

test('the embedded modules are what the generators emit (`npx vitest run packages/bitpack/src/embedded.test.ts -u` embeds them anew)', async () => {
  const lines = Object.entries(GENERATORS).map(([name, build]) => `  '${name}': '${Buffer.from(build()).toString('base64')}',`);
  const text = `/** Emitted by the generators of this package, base64. Written by \`embedded.test.ts\`. */\nexport const MODULES = {\n${lines.join('\n')}\n} as const;\n`;
  await expect(text).toMatchFileSnapshot('./generated/modules.ts');
});

test('an embedded module is compiled once', () => {
  const module = embeddedModule('sign-bits');
  expect(embeddedModule('sign-bits')).toBe(module);
  expect(WebAssembly.Module.exports(module).map(({ name }) => name)).toEqual(['i8', 'i16', 'f32']);
});

test('no source makes code of text', async () => {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const guilty: string[] = [];
  for (const file of files) if (/\beval\(|\bnew Function\b|\bFunction\(/.test(await readFile(join(folder, file), 'utf8'))) guilty.push(file);
  expect(files.length).toBeGreaterThan(20);
  expect(guilty).toEqual([]);
});
