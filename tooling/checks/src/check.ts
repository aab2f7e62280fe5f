/**
 * A check: a name and a function that returns what is wrong, one line each; an empty list means that it passed.
 * Invariant: a check changes nothing in the working tree outside ignored folders.
 */
import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One thing that guards the repository. */
export interface Check {
  /** What is true when the check passes, in words. */
  readonly name: string;
  /** Finds what is wrong under the root of the repository. */
  readonly run: (root: string) => Promise<readonly string[]>;
}

/** Runs a JavaScript tool of the root's `node_modules` and returns its output as problems when it fails. */
export async function problemsOfTool(root: string, tool: string, parameters: readonly string[], from = root): Promise<readonly string[]> {
  const folder = join(from, 'node_modules', tool);
  const { bin } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { bin: string | Record<string, string> };
  const command = tool.split('/').at(-1)!;
  const entry = join(folder, typeof bin === 'string' ? bin : (bin[command] ?? Object.values(bin)[0]!));
  return problemsOfProgram(root, process.execPath, [entry, ...parameters]);
}

/** Runs a program and returns its output as problems when it fails. */
export function problemsOfProgram(root: string, program: string, parameters: readonly string[]): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const environment = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', NO_COLOR: '1', FORCE_COLOR: '0' };
    const child = spawn(program, parameters, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: environment,
      shell: process.platform === 'win32' && program !== process.execPath,
    });
    const output: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
    child.on('error', (error) => resolve([`cannot run ${program}: ${error.message}`]));
    child.on('close', (code) => {
      const lines = Buffer.concat(output).toString('utf8').trimEnd().split('\n');
      resolve(code === 0 ? [] : [...lines.slice(-60), `${program.split('/').at(-1)} ${parameters.join(' ')} ended with ${code}`]);
    });
  });
}

const NOT_OURS = new Set(['node_modules', 'dist', 'golden', 'generated', 'coverage']);
/** Written by the documentation site. */
const GENERATED_FOLDERS = new Set(['apps/docs/reference', 'apps/docs/.vitepress/cache']);

/** Source files under the given folders, relative to the root, without what is generated, golden or installed. */
export async function sourceFiles(root: string, folders: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const folder of folders) {
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory() && !NOT_OURS.has(entry.name) && !GENERATED_FOLDERS.has(path)) found.push(...(await sourceFiles(root, [path])));
      else if (entry.isFile() && /\.(ts|mts|mjs|js|py|c|h)$/.test(entry.name)) found.push(path);
    }
  }
  return found.toSorted();
}

/** Folders of the workspace that hold a package, relative to the root. */
export async function workspaceFolders(root: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const parent of ['packages', 'packages/targets', 'apps', 'tooling']) {
    for (const entry of await readdir(join(root, parent), { withFileTypes: true }).catch(() => [])) {
      const manifest = entry.isDirectory() && (await readFile(join(root, parent, entry.name, 'package.json')).catch(() => undefined));
      if (manifest) found.push(`${parent}/${entry.name}`);
    }
  }
  return found;
}
