/**
 * Exact counts of executed instructions: a plugin of QEMU, built on demand, notes how many were executed at every mark (`c/mark.h`).
 * Counts are the same in every run. They are counts of instructions under emulation, never cycles of a chip.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { supportFile, type TargetName, TARGETS } from './emulation.ts';
import { command, missingTool, succeed } from './toolchain.ts';

/** What is absent for counting. */
export const missingForCounts = (): string | undefined => missingTool('gcc');

/** Builds the plugin in a folder and returns its path. */
export function buildPlugin(folder: string): string {
  const plugin = join(folder, 'count_plugin.so');
  succeed('gcc', ['-O2', '-Wall', '-Werror', '-shared', '-fPIC', supportFile('count_plugin.c'), '-o', plugin], folder);
  return plugin;
}

/** A run with its counts. */
export interface CountedRun {
  /** Instructions between the marks of every pair, the marks themselves left out. */
  readonly counts: readonly number[];
  readonly output: string;
  readonly status: number;
}

/** Runs a program whose marks come in pairs. */
export function countedRun(target: TargetName, program: string, plugin: string, folder: string): CountedRun {
  const [emulator, ...parameters] = TARGETS[target].emulator;
  const out = join(folder, 'counts.txt');
  const { stdout, stderr, status } = command(emulator, ['-plugin', `${plugin},out=${out}`, ...parameters, program], undefined, undefined, 120);
  const totals = readFileSync(out, 'utf8').trim().split('\n').map(Number);
  if (totals.length % 2 !== 0) throw new Error(`${program} has an odd number of marks on ${target}; it ended with ${status}:\n${stdout}${stderr}`);
  return { counts: Array.from({ length: totals.length / 2 }, (_, pair) => totals[2 * pair + 1]! - totals[2 * pair]! - 1), output: stdout + stderr, status };
}
