/** A change that costs more than a hundredth of the instructions of a kernel fails here; `npm run bench:arm` writes what is compared with. */
import { readFileSync } from 'node:fs';
import { resultsSchema } from '@bitvox/checks';
import { expect, test } from 'vitest';
import { countKernels } from './bench-kernels.ts';
import { buildPlugin, missingForCounts } from './count.ts';
import { missingFor } from './emulation.ts';
import { inFolder, needs } from './toolchain.ts';

const GROWTH = 1.01;
/** One kernel of each kind, by the compiler whose version is pinned. */
const WATCHED = [
  'conv1d-1x1-bit-minority-threshold-256-cortex-m4-clang',
  'conv1d-1x1-bit-minority-threshold-vector-256-cortex-m55-clang',
  'conv1d-1xint8-i32-subsets2-256-cortex-m0plus-clang',
  'conv1d-1x1-i32-tree-256-cortex-a53-clang',
  'conv1d-1x1-bit-tree4-threshold-256-cortex-a76-clang',
];

const missing = missingForCounts() ?? missingFor('cortex-m4', 'clang') ?? missingFor('cortex-a76', 'clang');
test.skipIf(missing !== undefined)(`no kernel executes more instructions than recorded${needs(missing)}`, { timeout: 120_000 }, async () => {
  const { rows } = resultsSchema.parse(JSON.parse(readFileSync(new URL('../../../results/arm.json', import.meta.url), 'utf8')));
  const recorded = new Map(rows.map(({ id, figure }) => [id, figure]));
  await inFolder((folder) => {
    const counts = countKernels(buildPlugin(folder), folder, (id) => WATCHED.includes(id));
    expect(counts.map(({ id }) => id).toSorted()).toEqual(WATCHED.toSorted());
    expect(counts.filter(({ id, figure }) => figure > recorded.get(id)! * GROWTH)).toEqual([]);
  });
});
