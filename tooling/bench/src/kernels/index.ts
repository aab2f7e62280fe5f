/**
 * `npm run bench:kernels -- [--only PREFIX,...] [--without ort-node] [--rounds 21] [--dry]` measures the table of `results/kernels.json`.
 *
 * Ours and all peers of a case take turns in one process, one thread each, in processor time. A figure is how many times faster ours is, by medians; the ratio of the
 * best rounds stands in the note. `--only` merges the rows it measured into the file, `--dry` writes none.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type ResultRow, resultsSchema, standing, thisMachine, writeResults } from '@bitvox/checks';
import { calibrationRow } from './calibration.ts';
import type { KernelCase } from './case.ts';
import { KERNEL_CASES } from './cases/index.ts';
import { contest, type ContestOptions, type Timing } from './contest.ts';
import { relu } from './layers.ts';
import { type Onnxruntime, openPeer, peerName, type PeerRuntime, peerRuntime, provideRuntime } from './peers.ts';
import { sizeRows } from './size.ts';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const NAME = 'kernels';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    without: { type: 'string' },
    rounds: { type: 'string', default: '21' },
    dry: { type: 'boolean', default: false },
  },
});
const prefixes = values.only.split(',');
/** Processor time of this process: what other work on the machine costs in waiting is nobody's. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
const options: ContestOptions = { rounds: Number(values.rounds), now: processorTime };

/** Three significant digits: more would be noise. */
const significant = (value: number): number => Number(value.toPrecision(3));
const line = (ratio: number | undefined, name: 'must' | 'aim') => (ratio === undefined ? {} : { [name]: `>= ${ratio}` });

async function measure({ id, what, ours, peers, note }: KernelCase): Promise<ResultRow[]> {
  const present = peers.filter(({ peer }) => peerRuntime(peer) !== values.without);
  const contestants = [await ours(), ...(await Promise.all(present.map(({ peer, layer }) => openPeer(peer, layer()))))];
  const [own, ...timings] = await contest(contestants, options);
  return Promise.all(
    timings.map(async ({ median, best }, at) => {
      const { peer, must, aim } = present[at]!;
      const detail = `${own!.name}: median ${significant(own!.median)} µs, best ${significant(own!.best)} µs; peer's best ${significant(best)} µs; best/best ${significant(best / own!.best)}`;
      return {
        id: `${id}/${peer}`,
        what: `${what}, times faster than ${peer}; one thread, interleaved, processor time, medians of ${values.rounds} rounds`,
        figure: significant(median / own!.median),
        unit: 'times',
        ...line(must, 'must'),
        ...line(aim, 'aim'),
        peer: { name: `${await peerName(peerRuntime(peer))} (${peer})`, figure: significant(median), unit: 'µs' },
        note: note === undefined ? detail : `${detail}; ${note}`,
      };
    }),
  );
}

/** What a call of a peer costs beside its work: a Relu of four numbers. */
async function callOverhead(runtime: PeerRuntime): Promise<ResultRow> {
  const [{ median, best }] = (await contest([await openPeer(`${runtime}-f32`, relu())], options)) as [Timing];
  const note = `best ${significant(best)} µs; contained in every time of this peer`;
  return {
    id: `call-overhead/${runtime}-f32`,
    what: 'one call of the peer with next to no work, a Relu of four numbers',
    figure: significant(median),
    unit: 'µs',
    note,
  };
}

const RUNTIMES: readonly PeerRuntime[] = ['ort-web', 'ort-node'];
const work: readonly { readonly id: string; readonly rows: () => Promise<readonly ResultRow[]> }[] = [
  ...RUNTIMES.filter((runtime) => runtime !== values.without).map((runtime) => ({ id: 'call-overhead', rows: async () => [await callOverhead(runtime)] })),
  ...KERNEL_CASES.map((entry) => ({ id: entry.id, rows: () => measure(entry) })),
  { id: 'kernels-gzip-bytes', rows: () => sizeRows(ROOT) },
  { id: 'calibration-ms', rows: async () => [calibrationRow()] },
];

function earlierRows(): readonly ResultRow[] {
  if (values.only === '') return [];
  try {
    return resultsSchema.parse(JSON.parse(readFileSync(join(ROOT, 'results', `${NAME}.json`), 'utf8'))).rows;
  } catch {
    return [];
  }
}

async function loadWeb(): Promise<Onnxruntime> {
  const web = await import('onnxruntime-web');
  web.env.wasm.numThreads = 1;
  return web;
}

/** Its binaries come with the package for the common platforms; its install script, which fetches others, is never run. */
async function loadNode(): Promise<Onnxruntime> {
  return import('onnxruntime-node').catch((cause: unknown) => {
    throw new Error('onnxruntime-node has no binary for this platform: leave its rows out with --without ort-node', { cause });
  }) as unknown as Promise<Onnxruntime>;
}

provideRuntime('ort-web', loadWeb());
if (values.without !== 'ort-node') provideRuntime('ort-node', loadNode());

const { processor, node } = thisMachine();
process.stdout.write(`${processor}, Node ${node}, one thread\n`);
const rows = new Map(earlierRows().map((row) => [row.id, row] as const));
for (const { id, rows: measured } of work.filter((entry) => prefixes.some((prefix) => entry.id.startsWith(prefix)))) {
  for (const row of await measured()) {
    rows.set(row.id, row);
    const lines = [row.must, row.aim].filter((bound) => bound !== undefined).join(', ');
    process.stdout.write(
      `${row.id.padEnd(32)} ${String(row.figure).padStart(8)} ${row.unit.padEnd(6)} ${standing(row).padEnd(12)} ${lines.padEnd(16)} ${row.note ?? ''}\n`,
    );
  }
  if (id === work.at(-1)!.id) for (const runtime of RUNTIMES) if (runtime !== values.without) process.stdout.write(`${await peerName(runtime)}\n`);
}
if (!values.dry) process.stdout.write(`${await writeResults(ROOT, { name: NAME, command: 'npm run bench:kernels', seeds: [1], rows: [...rows.values()] })}\n`);
// The worker threads of a peer would keep the process alive.
process.exit(0);
