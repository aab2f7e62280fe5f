/**
 * The kernel benchmark for a page: the cases of `npm run bench:kernels` against onnxruntime-web, in the visitor's own engine.
 * It belongs into a worker, since a race blocks its thread.
 */
import * as onnxruntime from 'onnxruntime-web/wasm';
import { KERNEL_CASES } from './cases/index.ts';
import { contest } from './contest.ts';
import { openPeer, peerName, peerRuntime, provideRuntime } from './peers.ts';

/** One line of the table: medians in microseconds, and how many times faster ours is. */
export interface PageRow {
  readonly id: string;
  readonly what: string;
  readonly kernel: string;
  readonly ours: number;
  readonly peer: string;
  readonly peers: number;
  readonly times: number;
}

/** Runs every case that has a peer in WebAssembly, one row after the other. */
export async function* raceInPage(): AsyncGenerator<PageRow> {
  onnxruntime.env.wasm.numThreads = 1;
  provideRuntime('ort-web', Promise.resolve(onnxruntime));
  const name = await peerName('ort-web');
  for (const { id, what, ours, peers } of KERNEL_CASES) {
    const present = peers.filter(({ peer }) => peerRuntime(peer) === 'ort-web');
    const own = await ours();
    const [mine, ...theirs] = await contest([own, ...(await Promise.all(present.map(({ peer, layer }) => openPeer(peer, layer()))))]);
    for (const timing of theirs) {
      yield {
        id: `${id}/${timing.name}`,
        what,
        kernel: own.name,
        ours: mine!.median,
        peer: `${name} (${timing.name.replace('ort-web-', '')})`,
        peers: timing.median,
        times: timing.median / mine!.median,
      };
    }
  }
}
