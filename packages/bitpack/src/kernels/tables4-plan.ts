/**
 * How the table kernel with 4-bit lanes cuts its work: groups of inputs, tiles of frames, blocks of groups.
 * Invariant: merged·group <= 15 (a nibble), blockGroups·group <= 255 (a byte), the offsets of a block fit 16 bits, and
 * blocks × blockGroups covers every group.
 */
import type { GemmShape } from './gemm-1x1.ts';
import { roundUp } from './kernel.ts';

/** How the work is cut. Every choice gives the same results. */
export interface Tables4Plan {
  /** Inputs per group, g. */
  readonly group: number;
  /** Vectors of 32 frames per tile. */
  readonly vectors: number;
  /** Groups added as nibbles before they are split. */
  readonly merged: number;
  /** Such sums per turn of the inner loop. */
  readonly turns: number;
  /** Groups of one block, a multiple of merged × turns. */
  readonly blockGroups: number;
  readonly blocks: number;
}

/** Bytes of tables that stay in a first-level cache beside everything else. */
const TABLE_BYTES = 40 << 10;
/** Loads of table entries in one turn of the inner loop; more of them spill registers in some engines. */
const TURN_LOADS = 9;

/** The plan for a shape: larger groups where many rows share the tables, wider tiles where they fill with frames. */
export function planTables4({ m, k, t }: GemmShape): Tables4Plan {
  const group = m < 128 ? 4 : 5;
  const vectors = t >= 64 && roundUp(t, 64) === roundUp(t, 32) ? 2 : 1;
  return cutTables4(k, group, vectors);
}

/** Cuts the depth into equal blocks for a choice of group and tile. */
export function cutTables4(k: number, group: number, vectors: number, most = TABLE_BYTES): Tables4Plan {
  const merged = Math.min(Math.floor(15 / group), Math.ceil(k / group));
  const turns = Math.max(1, Math.floor(TURN_LOADS / merged / vectors));
  const groups = Math.ceil(k / group);
  const largest = Math.min(Math.floor(255 / group), Math.floor(most / ((16 * vectors) << group)));
  for (let perTurn = turns; ; perTurn--) {
    const step = merged * perTurn;
    const blocks = Math.ceil(groups / (largest - (largest % step)));
    const blockGroups = roundUp(Math.ceil(groups / blocks), step);
    // Filling costs as much as work: shorter turns are better than a block of which a tenth is fill.
    if (perTurn === 1 || blockGroups * blocks <= 1.08 * groups) return { group, vectors, merged, turns: perTurn, blockGroups, blocks };
  }
}

/** Where entry `e` of group `q` of a block lies in the table region, whose first vectors are zero. */
export const entryOffset = (plan: Tables4Plan, q: number, e: number): number => 16 * plan.vectors * (1 + (q << plan.group) + e);
/** Bytes of the table region. */
export const tableBytes = (plan: Tables4Plan): number => entryOffset(plan, plan.blockGroups, 0);
/** Bytes of one row of 16-bit results of a tile. */
export const tileRowBytes = (plan: Tables4Plan): number => 64 * plan.vectors;
