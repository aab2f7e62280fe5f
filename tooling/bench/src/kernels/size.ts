/** What the kernels weigh: the generators of the package, minified and gzipped, with and without all that comes along. */
import type { ResultRow } from '@bitvox/checks';
import { bundledBytes } from '@bitvox/checks/sizes';

/** The row of the table. */
export async function sizeRows(root: string): Promise<ResultRow[]> {
  const whole = await bundledBytes(root, 'packages/bitpack');
  const assembler = await bundledBytes(root, 'packages/wasm');
  return [
    {
      id: 'kernels-gzip-bytes',
      what: 'everything of @bitvox/bitpack, minified and gzipped: every kernel generator, packing, planning, choice, and the assembler they are written in',
      figure: whole,
      unit: 'bytes',
      must: '<= 30000',
      aim: '<= 12000',
      note: `${assembler} bytes of it are the whole assembler, if a page loads that anyway`,
    },
  ];
}
