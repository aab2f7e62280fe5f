/** `npm run bench:arm`: counts instructions under emulation and writes `results/arm.json`. Nothing here was measured on silicon. */
import { fileURLToPath } from 'node:url';
import { standing, writeResults } from '@bitvox/checks';
import { countKernels, kernelRows } from './bench-kernels.ts';
import { networkRows } from './bench-network.ts';
import { buildPlugin } from './count.ts';
import { inFolder } from './toolchain.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const rows = await inFolder(async (folder) => {
  const plugin = buildPlugin(folder);
  const network = await networkRows(plugin);
  const [headlines, others] = kernelRows(countKernels(plugin, folder));
  return [...headlines, ...network, ...others];
});
for (const row of rows) process.stdout.write(`${row.id.padEnd(70)} ${String(row.figure).padStart(10)} ${row.unit}  ${standing(row)}\n`);
process.stdout.write(`${await writeResults(ROOT, { name: 'arm', command: 'npm run bench:arm', seeds: [1], rows })}\n`);
