/**
 * Sums of 1-bit weights times signs by tables in memory ("four Russians"). 16 lanes of bytes are 8 frames of two rows of signs each: of both terms of an
 * input, or of the frames behind each other. For each group of g rows of the input a table holds the matches for all 2^g groups of weights, after
 * which a row of weights costs one load and one addition per group:
 *
 *     T[0] = sum_i (1 - x_i) / 2,   T[e + 2^i] = T[e] + x_i,   matches = sum over groups of T[weights of the group],   z / 2 = matches - depth / 2
 *
 * Where padding contributes nothing, some x_i are 0: entries are then twice as large, `z = matches - depth`, and fewer inputs fit a byte.
 * Sums begin with what is taken off, so that bytes have a sign.
 * Weights are 16-bit byte offsets into the tables, `[row][group]`; offset 0 is a vector of zeros that fills turns.
 */
import { type Expr, type FunctionBuilder, i16x8, i32, i8x16, type Local, v128 } from '@bitvox/wasm';
import { advance, repeat } from './kernel.ts';

const VECTOR = 16;
/** Groups that may be added in one turn of the inner loop; more loads at once spill. A turn costs as much as one group and a third beside them. */
const TURNS = [6, 7, 8, 9, 10, 11, 12];
const TURN_COST = 4 / 3;
/** Inputs that a byte can count, by the size of a match. */
const BYTE_INPUTS = { 1: 254, 2: 127 } as const;
/** Tables should leave room for rows and weights in a first-level cache. */
const TABLE_BYTES = 28 * 1024;
const LARGEST_GROUP = 6;

/** How the inputs of a product are grouped. */
export interface TermTables {
  /** What a match counts: 2 where an input may be 0. */
  readonly match: 1 | 2;
  /** Rows of the input: products per output. */
  readonly depth: number;
  readonly group: number;
  /** Groups of a turn of the inner loop; turns for a row of weights, and before bytes are widened. */
  readonly turn: number;
  readonly turns: number;
  readonly blockTurns: number;
}

const groupsOf = (depth: number, group: number): number => Math.ceil(depth / group);
const bytesOf = (depth: number, group: number): number => (1 + groupsOf(depth, group) * 2 ** group) * VECTOR;

/** Bytes of the tables. */
export const tableBytes = ({ depth, group }: TermTables): number => bytesOf(depth, group);

/** The grouping with the fewest additions for `rows` rows of weights; both building tables and using them count. */
export function planTermTables(rows: number, depth: number, match: 1 | 2): TermTables {
  const costs = Array.from({ length: LARGEST_GROUP }, (_, at) => at + 1)
    .filter((group) => group <= 2 || bytesOf(depth, group) <= TABLE_BYTES)
    .map((group) => ({ group, cost: groupsOf(depth, group) * (rows + 2 ** group) }));
  const { group } = costs.reduce((best, next) => (next.cost < best.cost ? next : best));
  const turnsOf = (turn: number): number => Math.ceil(groupsOf(depth, group) / turn);
  const turnCost = (turn: number): number => turnsOf(turn) * (turn + TURN_COST);
  const turn = TURNS.reduce((best, next) => (turnCost(next) < turnCost(best) ? next : best));
  return { match, depth, group, turn, turns: turnsOf(turn), blockTurns: Math.min(turnsOf(turn), Math.floor(BYTE_INPUTS[match] / (group * turn))) };
}

/** Offsets of the weights, `[row][group]`. @param signs -1 and +1, `[row][depth]` */
export function termOffsets(signs: Int8Array, rows: number, { depth, group, turn, turns }: TermTables): Uint16Array {
  const offsets = new Uint16Array(rows * turns * turn);
  for (let row = 0; row < rows; row++) {
    for (let first = 0; first < depth; first += group) {
      let entry = 0;
      for (let at = first; at < Math.min(first + group, depth); at++) if (signs[row * depth + at]! > 0) entry |= 1 << (at - first);
      const table = first / group;
      offsets[row * turns * turn + table] = (1 + table * 2 ** group + entry) * VECTOR;
    }
  }
  return offsets;
}

/** Emits all entries of one group at `table`, depth first: each is one addition to one that is still in a register. */
function fillTable(f: FunctionBuilder, steps: readonly Local<'v128'>[], start: Local<'v128'>, registers: readonly Local<'v128'>[], table: Local<'i32'>): void {
  const fill = (input: number, entry: number, value: Local<'v128'>): void => {
    if (input < 0) {
      f.do(v128.store(table, value, entry * VECTOR));
      return;
    }
    fill(input - 1, entry, value);
    f.set(registers[input]!, i8x16.add(value, steps[input]!));
    fill(input - 1, entry + 2 ** input, registers[input]!);
  };
  fill(steps.length - 1, 0, start);
}

/** Emits the tables of one window; `pointer` moves on over the offsets of its rows. */
export function buildTables(
  f: FunctionBuilder,
  { match, depth, group }: TermTables,
  x: Local<'i32'>,
  second: Local<'i32'>,
  pointer: Local<'i32'>,
  base: number,
): void {
  const [table, left, row] = [f.local('i32'), f.local('i32'), f.local('i32')];
  const [start, steps, registers] = [f.local('v128'), f.locals('v128', group), f.locals('v128', group)];
  const build = (inputs: number): void => {
    f.set(start, match === 1 ? v128.zero() : i8x16.constSplat(inputs));
    steps.slice(0, inputs).forEach((step, at) => {
      f.set(row, i32.add(x, i32.load(pointer, 4 * at)));
      f.set(step, v128.load64Lane(i32.add(row, second), v128.load64Zero(row), 1));
      f.set(start, match === 1 ? i8x16.sub(start, i8x16.ltS(step, v128.zero())) : i8x16.sub(start, step));
      if (match === 2) f.set(step, i8x16.add(step, step));
    });
    advance(f, pointer, 4 * inputs);
    fillTable(f, steps.slice(0, inputs), start, registers, table);
    advance(f, table, VECTOR * 2 ** group);
  };
  f.do(v128.store(i32.const(base), v128.zero()));
  f.set(table, base + VECTOR);
  if (depth >= group) {
    f.set(left, Math.floor(depth / group));
    repeat(f, left, () => build(group));
  }
  if (depth % group > 0) build(depth % group);
}

/** Whether sums come as `z / 2`. */
export const isHalved = ({ match, depth }: TermTables): boolean => match === 1 && depth % 2 === 0;

/** Emits the sums of one row of weights: 8 frames of both halves, in 16 bits; a loop for each block that bytes can count. */
export function sumRow(f: FunctionBuilder, tables: TermTables, index: Local<'i32'>, base: number) {
  const { match, depth, group, turn, turns, blockTurns } = tables;
  const [even, odd] = [f.local('v128'), f.local('v128')];
  const halves = [f.local('v128'), f.local('v128')] as const;
  const [offset, end] = [f.local('i32'), f.local('i32')];
  const add = (sum: Local<'v128'>, entry: Expr<'i32'>): void => f.set(sum, i8x16.add(sum, v128.load(entry, base)));
  const takenOff = (inputs: number): number => (match === 2 ? inputs : inputs >> 1);
  const block = (done: number, blockOfTurns: number): void => {
    const [first, last] = [done, done + blockOfTurns].map((count) => takenOff(Math.min(depth, count * turn * group))) as [number, number];
    f.set(even, i8x16.constSplat(first - last));
    f.set(odd, v128.zero());
    f.set(end, i32.add(index, 2 * turn * blockOfTurns));
    f.doWhile(
      () => {
        // One load brings two offsets: loads are what the loop waits for.
        for (let at = 0; at < turn; at += 2) {
          f.set(offset, at + 1 < turn ? i32.load(index, 2 * at) : i32.load16U(index, 2 * at));
          add(even, at + 1 < turn ? i32.and(offset, 0xffff) : offset);
          if (at + 1 < turn) add(odd, i32.shrU(offset, 16));
        }
        advance(f, index, 2 * turn);
      },
      () => i32.ltU(index, end),
    );
    f.set(even, i8x16.add(even, odd));
  };
  const emit = (): void => {
    for (let done = 0; done < turns; done += blockTurns) {
      block(done, Math.min(blockTurns, turns - done));
      [i16x8.extendLowI8x16S(even), i16x8.extendHighI8x16S(even)].forEach((wide, half) => {
        f.set(halves[half]!, done === 0 ? wide : i16x8.add(halves[half]!, wide));
      });
    }
    // Half of an odd depth was rounded down.
    if (match === 1 && depth % 2 === 1) for (const half of halves) f.set(half, i16x8.sub(i16x8.shl(half, 1), i16x8.constSplat(1)));
  };
  return { halves, emit };
}
