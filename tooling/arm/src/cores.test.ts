/** The self-test of an exported network on every emulated core, by every compiler that is there. */
import { describe, expect, test } from 'vitest';
import { build, type Compiler, coreOf, missingFor, run, type TargetName, TARGETS } from './emulation.ts';
import { inFolder, needs, writeFiles } from './toolchain.ts';
import { zooProject } from './zoo-project.ts';

const COMPILERS: readonly Compiler[] = ['clang', 'gcc'];

describe.each(Object.keys(TARGETS).filter((name) => name !== 'microbit') as TargetName[])('%s', (target) => {
  for (const compiler of COMPILERS) {
    const missing = missingFor(target, compiler);
    test.skipIf(missing !== undefined)(`computes the golden vectors, built by ${compiler}${needs(missing)}`, async () => {
      const { files } = await zooProject({ core: coreOf(target), layout: 'single-file' });
      await inFolder((folder) => {
        writeFiles(folder, files);
        const program = build({ target, compiler, folder, sources: ['kws_dfsmn.c', 'kws_dfsmn_selftest.c'] });
        const { status, stdout, stderr } = run(target, program);
        expect(stdout + stderr).toBe('');
        expect(status).toBe(0);
      });
    });
  }
});
