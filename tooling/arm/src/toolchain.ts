/**
 * Compilers and how they are run. A tool that is absent makes a test skip with its name, except where `BITVOX_REQUIRE_TOOLS` is set: there
 * the test fails.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

/** Whether a command can be run. */
export function hasTool(name: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The first of these commands that is absent, unless all tools are required. */
export function missingTool(...names: readonly string[]): string | undefined {
  if (process.env['BITVOX_REQUIRE_TOOLS'] !== undefined) return undefined;
  return names.find((name) => !hasTool(name));
}

/** The end of a test's name that says why it is skipped. */
export const needs = (missing: string | undefined): string => (missing === undefined ? '' : `, needs ${missing}`);

/** What a command printed and how it ended. */
export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command; `input` is what it reads from standard input. */
export function command(name: string, parameters: readonly string[], folder?: string, input: Uint8Array = new Uint8Array(), seconds = 120): CommandResult {
  const { status, stdout, stderr, error } = spawnSync(name, parameters, { cwd: folder, input, encoding: 'utf8', maxBuffer: 2 ** 28, timeout: seconds * 1000 });
  if (error !== undefined && status !== null) throw error;
  return { status: status ?? -1, stdout, stderr };
}

/** Runs a command and returns what it printed; throws with its messages when it fails. */
export function succeed(name: string, parameters: readonly string[], folder?: string, input?: Uint8Array): string {
  const { status, stdout, stderr } = command(name, parameters, folder, input);
  if (status !== 0) throw new Error(`${name} ${parameters.join(' ')} ended with ${status}:\n${stdout}${stderr}`.slice(0, 8000));
  return stdout;
}

/** Calls `use` with an empty folder that is removed afterwards. */
export async function inFolder<Result>(use: (folder: string) => Result | Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'bitvox-arm-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes files below a folder. */
export function writeFiles(folder: string, files: Iterable<readonly [path: string, text: string]>): void {
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Warnings under which everything that is exported compiles. */
export const STRICT = ['-pedantic', '-Wall', '-Wextra', '-Wconversion', '-Werror'];

/** Checks of memory, undefined behaviour and alignment on the host. */
export const SANITIZERS = ['-fsanitize=address,undefined,alignment', '-fno-sanitize-recover=all', '-g'];
