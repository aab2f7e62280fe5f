/**
 * How the table kernel of the convolution cuts its work: groups of channels, blocks of groups, strips of output rows. Every
 * tuning number of it stands here.
 *
 * A strip is one flat line of positions, `columns` to an output row, on 4-bit lanes: position n in the low nibble and
 * position n + half in the high one of byte n. An entry of a table is such a line for every phase (`conv-planes.ts`).
 * Invariant: what a nibble and a byte sum fits them, and the offsets of a block fit 16 bits.
 */
import { phaseLayout, tapPositions } from './conv-planes.ts';
import { type ConvShape, oncePerShape, outputPair } from './conv-shape.ts';
import { roundUp } from './kernel.ts';
import type { Radix } from './tables-plan.ts';

/** What may be chosen. Every choice gives the same results. */
export interface ConvTablesCut {
  readonly radix: Radix;
  /** Channels per group, g. */
  readonly group: number;
  /** Vectors of a tile. */
  readonly vectors: number;
  /** Output rows of a strip. */
  readonly stripRows: number;
}

/** How the work is cut. */
export interface ConvTablesPlan extends ConvTablesCut {
  /** Entries added before their nibbles are split. */
  readonly merged: number;
  readonly groups: number;
  readonly blockGroups: number;
  readonly blocks: number;
  readonly strips: number;
  /** Bytes of the positions of a strip, two to a byte: whole tiles. */
  readonly half: number;
  /** Bytes of one phase of an entry: a strip and what its taps reach beyond. */
  readonly phaseBytes: number;
  /** Bytes from an entry to the next. */
  readonly entryBytes: number;
}

/** More vectors of a tile, with the loads of three entries each, spill registers in some engines. */
const MOST_VECTORS = 2;
/** Positions of a strip and bytes of its sums beyond which they leave the caches; taps that a byte can count; phases of which tables are made. */
const MOST = { positions: 8192, sumBytes: 1 << 20, taps: 255, phases: 16 } as const;

/** Where entry `e` of group `q` of a block lies in the table region, which begins with a line of zeros. */
export const entryOffset = ({ radix, group, half, entryBytes }: ConvTablesPlan, q: number, e: number): number => half + (q * radix ** group + e) * entryBytes;
/** Bytes of the table region. */
export const tableBytes = (plan: ConvTablesPlan): number => entryOffset(plan, plan.blockGroups, 0);
/** Entries that a row of a block of `groups` groups adds: whole steps of `merged`. */
export const rowEntries = ({ merged }: ConvTablesPlan, taps: number, groups: number): number => roundUp(groups * taps, merged);
/** Groups of the last block. */
export const lastGroups = ({ groups, blocks, blockGroups }: ConvTablesPlan): number => groups - (blocks - 1) * blockGroups;

/** What all cuts of a shape have in common: columns of a position line, its phases, taps, and how many positions they reach ahead. */
const lineOf = oncePerShape((shape) => {
  const layout = phaseLayout(shape);
  const positions = tapPositions(shape, layout).map(({ position }) => position);
  return {
    columns: layout.columns,
    phases: layout.phases.length,
    taps: positions.length,
    reach: positions.reduce((most, position) => Math.max(most, position)),
  };
});

/** Cuts the work as told; nothing where a budget does not allow it. */
export function cutConvTables(shape: ConvShape, cut: ConvTablesCut): ConvTablesPlan | undefined {
  const { radix, group, vectors, stripRows } = cut;
  const [height, width] = outputPair(shape);
  const { columns, phases, taps, reach } = lineOf(shape);
  const half = roundUp(Math.ceil(((stripRows - 1) * columns + width) / 2), 16 * vectors);
  const phaseBytes = roundUp(half + reach, 16);
  const entryBytes = phases * phaseBytes;
  const peak = (radix - 1) * group;
  const groups = Math.ceil(shape.channels / group);
  const largest = Math.min(groups, Math.floor(255 / (peak * taps)), Math.floor((0xffff - half) / (radix ** group * entryBytes)));
  if (largest < 1) return undefined;
  const blocks = Math.ceil(groups / largest);
  // A strip of a single row cannot be cut further.
  if (stripRows > 1 && shape.outputs * blocks * 2 * half > MOST.sumBytes) return undefined;
  const strips = Math.ceil(height / stripRows);
  return { ...cut, merged: Math.floor(15 / peak), groups, blocks, blockGroups: Math.ceil(groups / blocks), strips, half, phaseBytes, entryBytes };
}

/** Instructions of a plan, about: filling the tables, adding their entries, storing the sums of a block. */
function cost({ outputs, taps }: ConvShape, plan: ConvTablesPlan): number {
  const { radix, group, vectors, merged, groups, blocks, strips, half, entryBytes } = plan;
  const fill = groups * (entryBytes / 16) * (2 * radix ** group + 25 * group);
  const steps = (groups * taps[0] * taps[1]) / merged;
  const add = steps * (2 * merged + 2 + (2 * merged) / vectors + 3 / vectors);
  return strips * (fill + outputs * (half / 16) * (add + 22 * blocks));
}

/** The cut for a shape, the cheapest of all; nothing where none is possible. */
export function planConvTables(shape: ConvShape, radix: Radix): ConvTablesPlan | undefined {
  const [height] = outputPair(shape);
  if (shape.taps[0] * shape.taps[1] > MOST.taps || shape.stride[0] * shape.stride[1] > MOST.phases) return undefined;
  const most = Math.min(height, Math.floor(MOST.positions / lineOf(shape).columns));
  // As many rows as make strips of one number, no fewer.
  const rows = Array.from({ length: most }, (_, n) => n + 1).filter((count) => count === most || Math.ceil(height / count) < Math.ceil(height / (count - 1)));
  const groups = radix === 2 ? [2, 3, 4, 5] : [1, 2, 3];
  const cuts = groups.flatMap((group) => rows.flatMap((stripRows) => [1, MOST_VECTORS].map((vectors) => ({ radix, group, vectors, stripRows }))));
  let [best, least] = [undefined as ConvTablesPlan | undefined, Number.POSITIVE_INFINITY];
  for (const cut of cuts) {
    const plan = cutConvTables(shape, cut);
    const instructions = plan === undefined ? Number.POSITIVE_INFINITY : cost(shape, plan);
    if (instructions < least) [best, least] = [plan, instructions];
  }
  return best;
}
