/**
 * What drawing rows inside WebAssembly is, whichever the generator: four rows are drawn together into words, a row on each lane, and then
 * turned into lists one by one. Invariant: the lists of a row are those of `rowIndices`, with byte offsets of channels for columns.
 *
 * The list of a row: the address where its +1 end, the address where its -1 (and with them the list) end, then the byte offsets.
 * The table of candidates: for each number that may be drawn a mark, whose use is the generator's, and the byte offset of its channel.
 */
import { type FunctionBuilder, type I32, i32, type Local, type ModuleBuilder } from '@bitvox/wasm';
import { columnMask, type TernaryPlan } from '../spec.ts';

/** Bytes of an entry of the table of candidates, and of its parts. */
export const CANDIDATE_SHIFT = 3;
export const OFFSET_AT = 4;
/** Bytes before the offsets of a list. */
export const LIST_HEAD = 8;

export interface RowDraw {
  /** Bytes of the words of four rows, a multiple of 16. */
  readonly wordBytes: number;
  /** Bytes that the list of a row may take or overwrite. */
  readonly listBytes: number;
  /** Marks of the numbers that are columns, and of those that are not. */
  readonly marks: { readonly column: number; readonly other: number };
  /** Draws the words of rows `row` to `row + 3`. */
  readonly fill: FunctionBuilder<{ readonly row: 'i32'; readonly words: 'i32' }, 'void'>;
  /** Writes the list of one of them, and gives its end. */
  readonly pick: PickRow;
}

export type PickRow = FunctionBuilder<{ readonly row: 'i32'; readonly words: 'i32'; readonly list: 'i32'; readonly table: 'i32' }, 'i32'>;

export const declarePick = (module: ModuleBuilder): PickRow =>
  module.function('pick', { row: 'i32', words: 'i32', list: 'i32', table: 'i32' }, { exported: false, result: 'i32' });

export const tableBytes = (plan: TernaryPlan): number => (columnMask(plan.columns) + 1) << CANDIDATE_SHIFT;

/** Byte offset of a row's lane in a vector of words. */
export const laneOffset = (row: I32) => i32.shl(i32.and(row, 3), 2);

/** Emits the head of a list with `pairs` entries of each sign, and sets `list` behind it. Gives the end of the list. */
export function emitBalancedHead(f: PickRow, pairs: number): Local<'i32'> {
  const { list } = f.params;
  const end = f.let(i32.add(list, LIST_HEAD + 8 * pairs));
  f.do(i32.store(list, i32.sub(end, 4 * pairs)));
  f.do(i32.store(list, end, 4));
  f.set(list, i32.add(list, LIST_HEAD));
  return end;
}

/** Emits: the table of candidates, by additions of the stride. */
export function emitTable(f: FunctionBuilder, plan: TernaryPlan, { column, other }: RowDraw['marks'], table: Local<'i32'>, stride: Local<'i32'>): void {
  const [at, offset] = [f.let(table), f.local('i32')];
  const fillUpTo = (count: number, mark: number): void => {
    const end = f.let(i32.add(table, count << CANDIDATE_SHIFT));
    f.doWhile(
      () => {
        f.do(i32.store(at, mark));
        f.do(i32.store(at, offset, OFFSET_AT));
        f.set(offset, i32.add(offset, stride));
        f.set(at, i32.add(at, 1 << CANDIDATE_SHIFT));
      },
      () => i32.ltU(at, end),
    );
  };
  fillUpTo(plan.columns, column);
  if (plan.columns <= columnMask(plan.columns)) fillUpTo(columnMask(plan.columns) + 1, other);
}
