import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { CONV_KERNELS, DEPTHWISE_KERNELS, GEMM_KERNELS } from './index.ts';

test('the README names every implementation of every kernel', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const implementations = [...GEMM_KERNELS, ...CONV_KERNELS, ...DEPTHWISE_KERNELS].map(({ name }) => name.slice(name.indexOf('__') + 2));
  const missing = [...new Set(implementations)].filter((implementation) => !readme.includes(`\`${implementation}\``));
  expect(missing).toEqual([]);
});
