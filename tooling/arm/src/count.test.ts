/** Counts of instructions are exact, for every core. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildPlugin, countedRun, missingForCounts } from './count.ts';
import { build, missingFor, TARGETS, type TargetName } from './emulation.ts';
import { inFolder, needs, writeFiles } from './toolchain.ts';

const INSTRUCTIONS = 13;
const PROGRAM = `#include "mark.h"
void bitvox_print(const char *text);
int main(void)
{
    __asm__ volatile(BITVOX_MARK_TEXT BITVOX_MARK_TEXT BITVOX_MARK_TEXT "${'nop\\n '.repeat(INSTRUCTIONS)}" BITVOX_MARK_TEXT ::: "memory");
    bitvox_print("done");
    return 5;
}
`;

for (const target of Object.keys(TARGETS) as TargetName[]) {
  const missing = missingForCounts() ?? missingFor(target, 'clang');
  test.skipIf(missing !== undefined)(`instructions between marks on ${target}${needs(missing)}`, async () => {
    await inFolder((folder) => {
      writeFiles(folder, new Map([['main.c', PROGRAM]]));
      const program = build({ target, compiler: 'clang', folder, sources: [join(folder, 'main.c')] });
      expect(countedRun(target, program, buildPlugin(folder), folder)).toEqual({ counts: [0, INSTRUCTIONS], output: 'done', status: 5 });
    });
  });
}
