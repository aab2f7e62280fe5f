/**
 * Draws balanced rows inside WebAssembly: the definition of `generators/balanced.ts`.
 *
 * The mark of a candidate is the row that took it last, so that nothing is cleared between rows. Whether a candidate counts is arithmetic,
 * not a branch: it is written to the list in any case, and the end of the list moves on or stays. As many candidates as nearly always
 * suffice are drawn and tried without looking whether the list is full, since a branch that leaves a loop early is one that is mispredicted.
 */
import { i32, type I32, type ModuleBuilder } from '@bitvox/wasm';
import { fieldBits } from '../generators/balanced.ts';
import { columnMask, type TernaryPlan } from '../spec.ts';
import { CANDIDATE_SHIFT, declarePick, emitBalancedHead, LIST_HEAD, laneOffset, OFFSET_AT, type RowDraw } from './row-draw.ts';
import { BLOCK_BYTES, emitThreefryRows, WORD_STRIDE } from './threefry-rows.wasm.ts';

/** Counters that are drawn at once, at most: the rest is drawn one by one. */
const MAXIMUM_COUNTERS = 512;
/** How far beyond the mean number of candidates a row may go before it has to draw again, in standard deviations. */
const SPREAD = 2.5;

const candidatesPerCounter = (columns: number): number => 64 / fieldBits(columns);

/** Counters whose candidates nearly always fill a row. The n-th column that is new is a geometric number of candidates away. */
export function expectedCounters({ columns, pairs }: TernaryPlan): number {
  let [mean, variance] = [0, 0];
  for (let taken = 0; taken < 2 * pairs; taken++) {
    const chance = (columns - taken) / (columnMask(columns) + 1);
    mean += 1 / chance;
    variance += (1 - chance) / chance ** 2;
  }
  return Math.min(MAXIMUM_COUNTERS, Math.ceil((mean + SPREAD * Math.sqrt(variance)) / candidatesPerCounter(columns)));
}

export function drawBalanced(module: ModuleBuilder, plan: TernaryPlan): RowDraw {
  const { columns, pairs } = plan;
  const counters = expectedCounters(plan);
  const wordBytes = (counters + 1) * BLOCK_BYTES;
  const threefryRows = emitThreefryRows(module, plan);
  const fill = module.function('fill', { row: 'i32', words: 'i32' }, { exported: false });
  fill.do(module.call(threefryRows, { row: fill.params.row, counter: 0, end: counters, to: fill.params.words }));

  const pick = declarePick(module);
  const { row, words, list, table } = pick.params;
  const end = emitBalancedHead(pick, pairs);
  const [column, entry, counter] = pick.locals('i32', 3);
  const mask = columnMask(columns);
  const fieldMask = 2 ** fieldBits(columns) - 1;

  const candidate = (value: I32): void => {
    pick.set(column, mask === fieldMask ? value : i32.and(value, mask));
    pick.set(entry, i32.add(table, i32.shl(column, CANDIDATE_SHIFT)));
    pick.do(i32.store(list, i32.load(entry, OFFSET_AT)));
    // Marks are the row itself or less, -1 at first: the sign of the difference, one instruction less than a comparison takes.
    const isNew = i32.shrU(i32.sub(i32.load(entry), row), 31);
    const counts = mask + 1 === columns ? isNew : i32.and(isNew, i32.ltU(column, columns));
    pick.set(list, i32.add(list, i32.shl(counts, 2)));
    pick.do(i32.store(entry, row));
  };
  const tryWordsUpTo = (last: I32): void =>
    pick.doWhile(
      () => {
        for (let byte = 0; byte < 4; byte += fieldBits(columns) / 8) candidate(fieldMask < 256 ? i32.load8U(words, byte) : i32.load16U(words, byte));
        pick.set(words, i32.add(words, WORD_STRIDE));
      },
      () => i32.ltU(words, last),
    );

  const extra = pick.let(i32.add(words, counters * BLOCK_BYTES));
  pick.set(words, i32.add(words, laneOffset(row)));
  tryWordsUpTo(extra);
  pick.set(counter, counters);
  pick.while(
    () => i32.ltU(list, end),
    () => {
      pick.do(module.call(threefryRows, { row, counter, end: 0, to: extra }));
      pick.set(counter, i32.add(counter, 1));
      pick.set(words, extra);
      tryWordsUpTo(i32.add(extra, BLOCK_BYTES));
    },
  );
  pick.return(end);
  const listBytes = LIST_HEAD + 8 * pairs + 4 * (counters + 1) * candidatesPerCounter(columns);
  return { wordBytes, listBytes, marks: { column: -1, other: -1 }, fill, pick };
}
