/** What the kernels weigh: the generators of the package, minified and gzipped. */
import type { ResultRow } from '@bitvox/checks';
import { bundledBytes } from '@bitvox/checks/sizes';

/** The row of the table. */
export async function sizeRows(root: string): Promise<ResultRow[]> {
  const generators = await bundledBytes(root, 'tooling/bench/src/kernels/size-entry.ts', (id) => id === '@bitvox/wasm');
  const [whole, assembler] = [await bundledBytes(root, 'packages/bitpack/src/index.ts'), await bundledBytes(root, 'packages/wasm/src/index.ts')];
  return [
    {
      id: 'kernels-gzip-bytes',
      what: 'every kernel generator of @bitvox/bitpack (products, convolutions, depthwise, epilogues) with its packing, minified and gzipped',
      figure: generators,
      unit: 'bytes',
      must: '<= 30000',
      aim: '<= 12000',
      note: `without the assembler of @bitvox/wasm, ${assembler} bytes; the whole package with references, packing, choice and the assembler is ${whole} bytes`,
    },
  ];
}
