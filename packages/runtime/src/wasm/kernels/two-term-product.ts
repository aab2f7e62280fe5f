/**
 * Dense layers of 1-bit weights and two binary terms: sums of both terms, their combination and the value epilogue in one pass over the rows
 * of the weights; accumulators never go to memory.
 *
 * 16 lanes of a vector are 8 frames of the first term and the same 8 of the second, so that both share every load. For each group of g rows of the
 * input a table holds the matches for all 2^g groups of weights ("four Russians"), after which a row of weights costs one load and one
 * addition of bytes per group:
 *
 *     T[0] = sum_i (1 - x_i) / 2,   T[e + 2^i] = T[e] + x_i,   matches = sum over groups of T[weights of the group],   z = 2 matches - depth
 *
 * Where padding contributes nothing, some x_i are 0: entries are then twice as large, `z = matches - depth`, and fewer inputs fit a byte.
 *
 * Weights are 16-bit byte offsets into the tables, `[row][group]`; offset 0 is a vector of zeros that fills turns.
 * `rows` windows lie above each other, each with its own pointers to the rows it reads; all use the same weights.
 */
import { type FunctionBuilder, i16x8, i32, i32x4, i8x16, type Local, v128 } from '@bitvox/wasm';
import { advance, blockKernel, type Kernel, pointers, repeat } from './kernel.ts';
import { HIGH_PAIRS, type LanesKind, lanesName, lanesParameters, LOW_PAIRS, sixteenBit, valueLanes } from './value-lanes.ts';

const VECTOR = 16;
/** Groups that may be added in one turn of the inner loop; more loads at once spill. A turn costs as much as one group and a third beside them. */
const TURNS = [6, 7, 8, 9, 10, 11, 12];
const TURN_COST = 4 / 3;
/** Inputs that a byte can count, by the size of a match. */
const BYTE_INPUTS = { 1: 255, 2: 127 } as const;
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
function buildTables(
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
    for (const step of steps.slice(0, inputs)) {
      f.set(row, i32.add(x, i32.load(pointer)));
      f.set(step, v128.load64Lane(i32.add(row, second), v128.load64Zero(row), 1));
      f.set(start, match === 1 ? i8x16.sub(start, i8x16.ltS(step, v128.zero())) : i8x16.sub(start, step));
      if (match === 2) f.set(step, i8x16.add(step, step));
      advance(f, pointer, 4);
    }
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

/** Emits the matches of one row of weights: 8 frames of both terms, in 16 bits; a loop for each block that bytes can count. */
function sumRow(f: FunctionBuilder, { turn, turns, blockTurns }: TermTables, index: Local<'i32'>, base: number) {
  const [even, odd] = [f.local('v128'), f.local('v128')];
  const terms = [f.local('v128'), f.local('v128')] as const;
  const [offset, end] = [f.local('i32'), f.local('i32')];
  const block = (blockOfTurns: number): void => {
    f.set(even, v128.zero());
    f.set(odd, v128.zero());
    f.set(end, i32.add(index, 2 * turn * blockOfTurns));
    f.doWhile(
      () => {
        for (let at = 0; at < turn; at++) {
          const sum = at % 2 === 0 ? even : odd;
          f.set(offset, i32.load16U(index, 2 * at));
          f.set(sum, i8x16.add(sum, v128.load(offset, base)));
        }
        advance(f, index, 2 * turn);
      },
      () => i32.ltU(index, end),
    );
    f.set(even, i8x16.add(even, odd));
  };
  const emit = (): void => {
    for (let done = 0; done < turns; done += blockTurns) {
      block(Math.min(blockTurns, turns - done));
      [i16x8.extendLowI8x16U(even), i16x8.extendHighI8x16U(even)].forEach((half, term) => {
        f.set(terms[term]!, done === 0 ? half : i16x8.add(terms[term]!, half));
      });
    }
  };
  return { terms, emit };
}

/** How two terms are combined. */
export interface Combination {
  readonly one: number;
  readonly shift: number;
}

/**
 * `saturate16((one z1 + q z2 + 2^(shift - 1)) >> shift)` of 8 frames: pairs (one, q) meet pairs (z1, z2) in one dot product. Given matches
 * instead of `z`, the depth is taken off in the same addition that rounds.
 */
export function combination(f: FunctionBuilder, { one, shift }: Combination, counts?: TermTables) {
  const [low, high, lowBias, highBias, value] = f.locals('v128', 5) as [Local<'v128'>, Local<'v128'>, Local<'v128'>, Local<'v128'>, Local<'v128'>];
  const rounding = i32x4.constSplat(2 ** (shift - 1));
  // 2 m - depth over 2^shift is m - depth / 2 over 2^(shift - 1); what is cut off the half decides nothing, because the rest is whole.
  const halved = counts?.match === 1 ? 1 : 0;
  const bias = (pairs: Local<'v128'>) =>
    counts === undefined ? rounding : i32x4.shrS(i32x4.sub(rounding, i32x4.dotI16x8S(pairs, i16x8.constSplat(counts.depth))), halved);
  return {
    /** Takes `q` of 8 frames. */
    factors(q: Local<'v128'>): void {
      f.set(low, v128.shuffle(i16x8.constSplat(one), q, LOW_PAIRS));
      f.set(high, v128.shuffle(i16x8.constSplat(one), q, HIGH_PAIRS));
      f.set(lowBias, bias(low));
      f.set(highBias, bias(high));
    },
    combine([first, second]: readonly [Local<'v128'>, Local<'v128'>]): Local<'v128'> {
      const half = (order: readonly number[], pairs: Local<'v128'>, added: Local<'v128'>) =>
        i32x4.shrS(i32x4.add(i32x4.dotI16x8S(v128.shuffle(first, second, order), pairs), added), shift - halved);
      f.set(value, i16x8.narrowI32x4S(half(LOW_PAIRS, low, lowBias), half(HIGH_PAIRS, high, highBias)));
      return value;
    },
  };
}

/** The leading parameters of a product, before those of its lanes. */
const PARAMETERS = ['x', 'second', 'pointers', 'weights', 'planes', 'rows', 'factors', 'channels', 'frames'] as const;

/** A product of a grouping with an epilogue. `factors` is the address of `q` of 8 frames. */
export function twoTermProduct(tables: TermTables, combined: Combination, lanesKind: LanesKind): Kernel {
  const { match, depth, group } = tables;
  const name = ['product_1x2', `${depth}by${group}`, match, combined.one, combined.shift, lanesName(lanesKind)].join('_');
  const parameters: readonly string[] = [...PARAMETERS, ...lanesParameters(lanesKind)];
  return blockKernel(
    name,
    parameters,
    (f, parameter, base) => {
      const p = parameter as { readonly [K in (typeof PARAMETERS)[number]]: Local<'i32'> };
      const [index, pointer, rows, planes] = pointers(f, 4);
      const q = f.let(v128.load(p.factors));
      const terms = combination(f, combined, tables);
      terms.factors(q);
      const lanes = valueLanes(f, parameter, lanesKind, p);
      const sum = sumRow(f, tables, index, base);
      f.set(pointer, p.pointers);
      f.set(rows, p.rows);
      repeat(f, rows, () => {
        buildTables(f, tables, p.x, p.second, pointer, base);
        f.set(index, p.weights);
        f.set(planes, p.planes);
        repeat(f, planes, () => {
          sum.emit();
          lanes.channel();
          lanes.frames(sixteenBit(terms.combine(sum.terms)));
          lanes.nextChannel();
        });
        lanes.nextRow();
      });
      lanes.end();
    },
    true,
  );
}
