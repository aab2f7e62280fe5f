/** What a case is: a piece of work, our way of doing it, the peers' ways, and the lines to reach. */
import type { Contestant } from './contest.ts';
import type { Layer } from './layers.ts';
import type { PeerId } from './peers.ts';

/** One peer of a case; without a line it is measured all the same. */
export interface CasePeer {
  readonly peer: PeerId;
  readonly layer: () => Layer;
  /** How many times faster ours has to be, and should be. */
  readonly must?: number;
  readonly aim?: number;
}

/** One cell of the table for each peer; rows are named `<id>/<peer>`. */
export interface KernelCase {
  readonly id: string;
  /** The work, in words. */
  readonly what: string;
  /** Opens ours: everything up to the call that is timed. */
  readonly ours: () => Contestant | Promise<Contestant>;
  readonly peers: readonly CasePeer[];
  /** Circumstances that belong beside the figures. */
  readonly note?: string;
}
