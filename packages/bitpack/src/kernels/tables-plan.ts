/**
 * How the table kernels cut their work: groups of inputs, tiles of frames, blocks of groups. Every tuning number of theirs
 * stands here. Invariant: what a lane sums fits it (see `cutTables4`, `cutTables16`), the offsets of a block fit 16 bits,
 * and blocks × blockGroups covers every group but the rest.
 */
import type { GemmShape } from './gemm-1x1.ts';
import { ALIGNMENT } from '../layout.ts';
import { FLOAT_GROUPS } from './gemm-float.ts';
import { roundUp } from './kernel.ts';
import type { Steps } from './steps.ts';

/** How many values a weight has: −1, +1 or −1, 0, +1. */
export type Radix = 2 | 3;

/** How the work is cut. Every choice gives the same results. */
export interface TablesPlan {
  readonly radix: Radix;
  /** Inputs per group, g. */
  readonly group: number;
  /** Vectors of frames per tile. */
  readonly vectors: number;
  /** Groups added before they are widened: nibbles that are split, or 1. */
  readonly merged: number;
  /** Such sums per turn of the inner loop; what is left of a block follows the loop. */
  readonly turns: number;
  /** Groups of one block, a multiple of merged. */
  readonly blockGroups: number;
  readonly blocks: number;
  /**
   * Inputs of an incomplete last group that has a table of its own in the lanes of the results: where it would need one more
   * block, as at depths of 256 and 512, of which bytes hold 255 and 510. Otherwise 0.
   */
  readonly rest: number;
}

/** Bytes of tables that stay in a first-level cache beside everything else: 4-bit and 16-bit lanes. */
const TABLE_BYTES = { nibbles: 56 << 10, words: 44 << 10 } as const;
/** First-level cache of most processors: of tables beyond it narrower tiles are better, if only just. */
const FIRST_CACHE = 32 << 10;
/** Loads of table entries in one turn of the inner loop; more of them spill registers in some engines. */
const TURN_LOADS = { nibbles: 9, words: 8 } as const;
/** What making an entry costs beside using one: engines store a vector a cycle and load two. */
const ENTRY_COST = 2.2;
/** Vectors of eight frames on 16-bit lanes. */
const WORD_VECTORS = 2;
/** Largest sum of products that 16-bit lanes hold: ±255·128. */
const WORD_INPUTS = 255;

/** Bytes of an entry of the rest per vector of groups' tables: 32 frames of 16 bits. */
const REST_BYTES = 64;

/** Entries of the table of a group. */
const entries = (radix: Radix, group: number): number => radix ** group;

/** 4-bit lanes: larger groups where many rows share the tables, wider tiles where they fill with frames and tables stay near. */
export function planTables4({ m, k, t }: GemmShape, radix: Radix = 2): TablesPlan {
  const group = radix === 2 ? (m < 128 ? 4 : 5) : m < 32 ? 2 : 3;
  const wide = cutTables4(k, radix, group, 2);
  const fits = t >= 64 && roundUp(t, 64) === roundUp(t, 32) && tableBytes(wide) <= FIRST_CACHE;
  return fits ? wide : cutTables4(k, radix, group, 1);
}

/** 16-bit lanes: the group for which building and using the tables costs least per input. */
export function planTables16({ m, k }: GemmShape, radix: Radix): TablesPlan {
  const cost = (group: number): number => (ENTRY_COST * entries(radix, group) + m) / group;
  const groups = radix === 2 ? [3, 4, 5, 6] : [2, 3, 4];
  return cutTables16(
    k,
    radix,
    groups.reduce((best, group) => (cost(group) < cost(best) ? group : best)),
  );
}

/** Cuts the depth for 4-bit lanes: an input counts at most radix − 1, a nibble holds 15 of them, a byte 255. */
export function cutTables4(k: number, radix: Radix, group: number, vectors: number): TablesPlan {
  const peak = (radix - 1) * group;
  const [whole, groups] = [Math.floor(k / group), Math.ceil(k / group)];
  const merged = Math.min(Math.floor(15 / peak), groups);
  const largest = Math.min(Math.floor(255 / peak), Math.floor(TABLE_BYTES.nibbles / (16 * vectors * entries(radix, group))));
  const turns = Math.max(1, Math.floor(TURN_LOADS.nibbles / merged / vectors));
  const blocks = cutBlocks(groups, largest, merged);
  const fewer = cutBlocks(Math.max(whole, 1), largest, merged);
  const saves = whole > 0 && fewer.blocks < blocks.blocks;
  return { radix, group, vectors, merged, turns, ...(saves ? fewer : blocks), rest: saves ? k % group : 0 };
}

/** Cuts the depth for 16-bit lanes: a lane holds the products of 255 inputs, after which it is widened. */
export function cutTables16(k: number, radix: Radix, group: number): TablesPlan {
  const largest = Math.min(Math.floor(WORD_INPUTS / group), Math.floor(TABLE_BYTES.words / (16 * WORD_VECTORS * entries(radix, group))));
  const turns = TURN_LOADS.words / WORD_VECTORS;
  return { radix, group, vectors: WORD_VECTORS, merged: 1, turns, ...cutBlocks(Math.ceil(k / group), largest, 1), rest: 0 };
}

/** f32 lanes: groups of one size whatever the shape, because the order of sums is part of the result. */
export function planTables32({ k, t }: GemmShape, radix: Radix): TablesPlan {
  const group = FLOAT_GROUPS[radix];
  // A sum of floats takes some cycles to be ready for the next: four of them side by side.
  const vectors = t >= 16 ? 4 : 2;
  const largest = Math.floor(TABLE_BYTES.words / (16 * vectors * entries(radix, group)));
  return { radix, group, vectors, merged: 1, turns: TURN_LOADS.words / vectors, ...cutBlocks(Math.ceil(k / group), largest, 1), rest: 0 };
}

/** Cuts the groups into equal blocks of at most `largest`, filled up to sums of `merged`. */
function cutBlocks(groups: number, largest: number, merged: number): Pick<TablesPlan, 'blockGroups' | 'blocks'> {
  const blocks = Math.ceil(groups / (largest - (largest % merged)));
  return { blockGroups: roundUp(Math.ceil(groups / blocks), merged), blocks };
}

/** Where entry `e` of group `q` of a block lies in the table region, whose first vectors are zero. */
export const entryOffset = (plan: TablesPlan, q: number, e: number): number => 16 * plan.vectors * (1 + q * entries(plan.radix, plan.group) + e);
/** Where entry `e` of the rest lies, and with `e` past its last entry where the region ends; a frame takes two bytes in it. */
export const restOffset = (plan: TablesPlan, e: number): number => entryOffset(plan, plan.blockGroups, 0) + REST_BYTES * plan.vectors * e;
/** Tables begin with a line of the cache, so that no entry lies in two of them where one could hold it. */
const LINE_BYTES = 64;
/** Where the tables lie in a scratch region, which is aligned for vectors only. */
export const tableBase = (scratch: number): number => roundUp(scratch, LINE_BYTES);
/** Bytes of scratch that {@link tableBase} may skip. */
export const BASE_SLACK = LINE_BYTES - ALIGNMENT;
/** Bytes of the table region. */
export const tableBytes = (plan: TablesPlan): number => restOffset(plan, plan.rest === 0 ? 0 : entries(plan.radix, plan.rest));

/**
 * Weights as table offsets, u16 `[block][m][group]`, then `[m]` for the rest where there is one; what fills a block points at
 * the zero vector.
 * @param values `[m][k]`, −1, 0 (ternary only) or +1
 */
export function packOffsets(values: Int8Array, { m, k }: GemmShape, plan: TablesPlan): Uint8Array<ArrayBuffer> {
  const { radix, group, blockGroups, blocks, rest } = plan;
  const bytes = new Uint8Array(offsetBytes(m, plan));
  // The engine's memory is little-endian, whatever the machine that packs.
  const view = new DataView(bytes.buffer);
  const entryOf = (row: number, first: number, inputs: number): number => {
    let entry = 0;
    for (let i = inputs - 1; i >= 0; i--) {
      const value = values[row * k + first + i]!;
      entry = radix * entry + (radix === 2 ? Number(value > 0) : value + 1);
    }
    return entry;
  };
  let at = 0;
  for (let block = 0; block < blocks; block++) {
    for (let row = 0; row < m; row++) {
      for (let q = 0; q < blockGroups; q++, at += 2) {
        const first = (block * blockGroups + q) * group;
        if (first < k - rest) view.setUint16(at, entryOffset(plan, q, entryOf(row, first, Math.min(group, k - first))), true);
      }
    }
  }
  if (rest > 0) for (let row = 0; row < m; row++, at += 2) view.setUint16(at, restOffset(plan, entryOf(row, k - rest, rest)), true);
  return bytes;
}

/** Bytes of {@link packOffsets} before the rest. */
export const blockOffsetBytes = (m: number, { blocks, blockGroups }: TablesPlan): number => blocks * blockGroups * m * 2;
/** Bytes of {@link packOffsets}. */
export const offsetBytes = (m: number, plan: TablesPlan): number => blockOffsetBytes(m, plan) + (plan.rest === 0 ? 0 : m * 2);

/** What a product costs with lanes for `frames` frames to a vector: tables, sums, sums of nibbles and bytes widened into the results. */
export function tablesSteps({ m, k, t }: GemmShape, plan: TablesPlan, frames: number): Steps {
  const { radix, group, vectors, merged, blocks, blockGroups } = plan;
  const tiles = Math.ceil(t / (frames * vectors));
  const groups = m * blocks * blockGroups;
  const [built, widened, stored] = [Math.ceil(k / group) * entries(radix, group), merged > 1 ? groups / merged / 2 : 0, (m * blocks * frames) / 8];
  // An offset is loaded once for all vectors of a tile: with one of them two loads make a step.
  return { tables: (tiles * groups * (1 + vectors)) / 2, vector: tiles * vectors * (built + widened + stored) };
}
