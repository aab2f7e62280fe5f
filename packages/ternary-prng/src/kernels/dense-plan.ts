/**
 * How the dense kernel cuts a matrix: groups of four columns, blocks of groups whose tables stay in the first-level cache, passes of rows whose
 * codes stay in the second. Every tuning number of it stands here. Invariant: the codes of a block fit 16 bits.
 */
import { DENSITY_UNITS, type TernaryPlan } from '../spec.ts';

/** Columns of a group, and the sums that they can have: one for each way to add, leave out or subtract them. */
export const GROUP_COLUMNS = 4;
export const GROUP_ENTRIES = 3 ** GROUP_COLUMNS;
/** Vectors of frames of an entry: of a tile. */
export const TILE_VECTORS = 2;
export const ENTRY_BYTES = 16 * TILE_VECTORS;
export const GROUP_BYTES = GROUP_ENTRIES * ENTRY_BYTES;
/** Code of the sum of nothing. */
export const EMPTY_CODE = ((GROUP_ENTRIES - 1) / 2) * ENTRY_BYTES;
/** Groups that are summed in one turn of the loop: eight loads. */
export const TURN_GROUPS = 4;
/** Frames that a run needs at least. */
export const DENSE_FRAMES = ENTRY_BYTES / 2;

const BLOCK_GROUPS = 16;
const PASS_BYTES = 256 << 10;

/** A row's codes are 16-bit offsets of entries in the tables of their block. */
export interface DensePlan {
  readonly groups: number;
  readonly blocks: number;
  /** A multiple of {@link TURN_GROUPS}; groups beyond the last have the empty code. */
  readonly blockGroups: number;
  /** Bytes of the codes of a row. */
  readonly codeBytes: number;
  readonly passRows: number;
}

export function planDense({ rows, columns }: TernaryPlan): DensePlan {
  const groups = Math.ceil(columns / GROUP_COLUMNS);
  const blocks = Math.ceil(groups / BLOCK_GROUPS);
  const blockGroups = Math.ceil(groups / blocks / TURN_GROUPS) * TURN_GROUPS;
  const codeBytes = 2 * blockGroups * blocks;
  return { groups, blocks, blockGroups, codeBytes, passRows: Math.max(1, Math.min(rows, Math.floor(PASS_BYTES / codeBytes))) };
}

/**
 * Whether the dense kernel is the faster one. Measured at 64² to 256²: a group costs as much as 1.9 non-zeros of a row, and its table, which is built
 * once for all rows, as much as 154.
 */
export function densePays(plan: TernaryPlan): boolean {
  const nonZeros = plan.generator === 'iid' ? (plan.columns * plan.threshold) / DENSITY_UNITS : 2 * plan.pairs;
  return nonZeros > planDense(plan).groups * (1.9 + 154 / plan.rows);
}
