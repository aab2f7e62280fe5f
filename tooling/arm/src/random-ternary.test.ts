/** Random ternary layers in C against the golden matrices of the package that defines them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RandomTernaryMatrix, randomTernaryHeader } from '@bitvox/arm';
import { expect, test } from 'vitest';
import { build, missingFor, run, SUPPORT, supportFile, type TargetName } from './emulation.ts';
import { Dice } from './random-program.ts';
import { inFolder, missingTool, needs, SANITIZERS, STRICT, succeed, writeFiles } from './toolchain.ts';

interface Golden extends Omit<RandomTernaryMatrix, 'generator' | 'rows' | 'columns'> {
  readonly spec: Pick<RandomTernaryMatrix, 'generator' | 'rows' | 'columns'>;
  readonly lists: readonly { readonly row: number; readonly plus: readonly number[]; readonly minus: readonly number[] }[];
}

const GOLDEN = JSON.parse(
  readFileSync(new URL('../../../packages/targets/arm/src/golden/ternary-matrices.json', import.meta.url), 'utf8'),
) as readonly Golden[];

const inputs = (columns: number): Int16Array => {
  const dice = new Dice(columns);
  return Int16Array.from({ length: columns }, () => dice.integer(-32_768, 32_767));
};

/** A program that prints the listed rows of every product. */
function files(): Map<string, string> {
  const parts = GOLDEN.map(({ spec, lists, ...numbers }, index) => {
    const x = inputs(spec.columns);
    const text = `#include "print_number.h"
${randomTernaryHeader({ ...spec, ...numbers }, `matrix ${index}`)}
void run_${index}(void);
void run_${index}(void)
{
    static const int16_t x[${x.length}] = { ${x.join(',')} };
    static int16_t y[${spec.rows}];
    static const int32_t rows[${lists.length}] = { ${lists.map(({ row }) => row).join(',')} };
    int32_t at;
    matrix_${index}(y, x);
    for (at = 0; at < ${lists.length}; ++at) {
        print_number(y[rows[at]]);
        bitvox_print("\\n");
    }
}
`;
    return [`matrix${index}.c`, text] as const;
  });
  const calls = GOLDEN.map((_, index) => `    run_${index}();`).join('\n');
  const main = `${GOLDEN.map((_, index) => `void run_${index}(void);`).join('\n')}\nint main(void)\n{\n${calls}\n    return 0;\n}\n`;
  return new Map([['main.c', main], ...parts]);
}

const expected = GOLDEN.flatMap(({ spec, lists }) => {
  const x = inputs(spec.columns);
  const sum = (columns: readonly number[]): number => columns.reduce((total, column) => total + x[column]!, 0);
  return lists.map(({ plus, minus }) => String(Int16Array.of(sum(plus) - sum(minus))[0]));
});

test('the golden matrices are of every generator', () => {
  expect(new Set(GOLDEN.map(({ spec }) => spec.generator))).toEqual(new Set(['iid', 'balanced', 'low-discrepancy']));
  expect(expected.length).toBeGreaterThan(20);
});

const missing = missingTool('gcc');
test.skipIf(missing !== undefined)(`products on this machine${needs(missing)}`, async () => {
  await inFolder((folder) => {
    const all = files();
    writeFiles(folder, all);
    succeed('gcc', ['-std=c99', '-O1', ...STRICT, ...SANITIZERS, `-I${SUPPORT}`, supportFile('print_host.c'), ...all.keys(), '-o', 'products'], folder);
    expect(succeed(join(folder, 'products'), []).trimEnd().split('\n')).toEqual(expected);
  });
});

for (const target of ['cortex-m0plus', 'cortex-m4', 'cortex-a53'] as const satisfies readonly TargetName[]) {
  const absent = missingFor(target, 'clang');
  test.skipIf(absent !== undefined)(`products on ${target}${needs(absent)}`, async () => {
    await inFolder((folder) => {
      const all = files();
      writeFiles(folder, all);
      const { stdout, stderr } = run(target, build({ target, compiler: 'clang', folder, sources: [...all.keys()] }));
      expect((stdout + stderr).trimEnd().split('\n')).toEqual(expected);
    });
  });
}

test.each([
  [{ rows: 0 }, /ARM_SIZE: a balanced matrix of 0 x 8/],
  [{ pairs: 5 }, /5 pairs/],
  [{ threshold: 0 }, /threshold 0/],
])('%j is refused', (change, message) => {
  const matrix: RandomTernaryMatrix = { generator: 'balanced', rows: 4, columns: 8, key: [1, 2], threshold: 2 ** 29, pairs: 2 };
  expect(() => randomTernaryHeader({ ...matrix, ...change }, 'layer')).toThrow(message);
});
