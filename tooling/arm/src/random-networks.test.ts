/** Random networks: what the exported C computes, on this machine under sanitizers and on emulated cores, is what the reference executor computes. */
import { join } from 'node:path';
import { ARM_KERNELS, armProject } from '@bitvox/arm';
import type { Program } from '@bitvox/runtime';
import { expect, test } from 'vitest';
import { build, coreOf, missingFor, run, SUPPORT, supportFile, type TargetName } from './emulation.ts';
import { type DriverCase, driverFiles, expectedLines } from './network-driver.ts';
import { randomFrames, randomProgram } from './random-program.ts';
import { inFolder, missingTool, needs, SANITIZERS, STRICT, succeed, writeFiles } from './toolchain.ts';

/** More with `BITVOX_NETWORKS=1000`, others with `BITVOX_FIRST_NETWORK=5000`. */
const NETWORKS = Number(process.env['BITVOX_NETWORKS'] ?? 40);
const FIRST = Number(process.env['BITVOX_FIRST_NETWORK'] ?? 1);
const AT_ONCE = 20;

function cases(first: number, count: number): readonly DriverCase[] {
  return Array.from({ length: count }, (_, index) => {
    const program = randomProgram(first + index);
    return { program, frames: randomFrames(first + index, program.input.frames, program.input.channels) };
  });
}

const sources = (files: ReadonlyMap<string, string>): readonly string[] => Array.from(files.keys()).filter((path) => path.endsWith('.c'));

/** What the inputs of layers with weights are. */
function formsOf({ tensors, steps }: Program): readonly string[] {
  return steps.flatMap(({ terms, input, window }) => {
    const padding = window.padding[0] === 0 ? [] : [tensors[input]!.fill === null ? 'padding' : 'filled padding'];
    return terms === null ? padding : [...padding, 'terms', typeof terms.scale === 'number' ? 'factors' : 'constant factors'];
  });
}

test('random networks have a layer for every kernel and every form of value', () => {
  const used = new Set<string>();
  const forms = new Set<string>();
  for (let seed = 1; seed <= 400; seed++) {
    for (const form of formsOf(randomProgram(seed))) forms.add(form);
    for (const core of ['portable', 'cortex-m4', 'cortex-m55', 'cortex-a53'] as const) {
      for (const { kernel } of armProject(randomProgram(seed), { core, name: 'net', layout: 'single-file' }).report.layers) used.add(kernel);
    }
  }
  expect([...forms].toSorted()).toEqual(['constant factors', 'factors', 'filled padding', 'padding', 'terms']);
  expect([...used].toSorted()).toEqual(ARM_KERNELS.map(({ name }) => name).toSorted());
});

const missing = missingTool('gcc');
test.skipIf(missing !== undefined)(
  `${NETWORKS} random networks on this machine${needs(missing)}`,
  async () => {
    for (let first = FIRST; first < FIRST + NETWORKS; first += AT_ONCE) {
      const batch = cases(first, Math.min(AT_ONCE, FIRST + NETWORKS - first));
      await inFolder((folder) => {
        // The kernels for cores without a vector unit are plain C, so they can be sanitized here too.
        const files = driverFiles(batch, first % (2 * AT_ONCE) === 1 ? 'cortex-m4' : 'portable');
        writeFiles(folder, files);
        succeed('gcc', ['-std=c99', '-O0', ...STRICT, ...SANITIZERS, `-I${SUPPORT}`, supportFile('print_host.c'), ...sources(files), '-o', 'networks'], folder);
        expect(succeed(join(folder, 'networks'), []).trimEnd().split('\n'), `from network ${first} on`).toEqual(expectedLines(batch));
      });
    }
  },
  600_000,
);

for (const target of ['microbit', 'cortex-m3', 'cortex-m4', 'cortex-m55', 'cortex-a7', 'cortex-a53', 'cortex-a76'] as const satisfies readonly TargetName[]) {
  const absent = missingFor(target, 'clang');
  test.skipIf(absent !== undefined)(`random networks on ${target}${needs(absent)}`, async () => {
    const batch = cases(FIRST, 4);
    await inFolder((folder) => {
      const files = driverFiles(batch, coreOf(target));
      writeFiles(folder, files);
      const { stdout, stderr, status } = run(target, build({ target, compiler: 'clang', folder, sources: sources(files) }));
      expect((stdout + stderr).trimEnd().split('\n')).toEqual(expectedLines(batch));
      expect(status).toBe(0);
    });
  });
}
