/**
 * Draws one balanced row inside WebAssembly: the definition of `generators/balanced.ts`, as byte offsets of channels instead of columns.
 *
 * Two tables of one word per candidate: the row that took it last, and the byte offset of its channel. So a candidate costs one
 * comparison instead of a cleared set, and its address no multiplication. The test whether a candidate counts is arithmetic, not a
 * branch: it is written to the list in any case, and the end of the list moves on or stays.
 * Invariant: the list is right after `2 * pairs` entries; up to three words behind it are overwritten.
 */
import { type Expr, type FunctionBuilder, i32, type Local, type ModuleBuilder } from '@bitvox/wasm';
import { columnMask } from '../generators/balanced.ts';
import type { TernaryPlan } from '../spec.ts';
import { THREEFRY_PARITY, THREEFRY_ROTATIONS, THREEFRY_ROUNDS } from '../threefry.ts';

/** Bytes of each of the two tables. */
export const tableBytes = (columns: number): number => 4 * (columnMask(columns) + 1);

/** Words that a draw may write behind its list. */
export const LIST_SLACK = 3;

export type DrawRow = FunctionBuilder<{ readonly row: 'i32'; readonly list: 'i32'; readonly tables: 'i32' }, 'void'>;

/** Declares the function `drawRow(row, list, tables)`. */
export function emitDrawBalanced(module: ModuleBuilder, plan: TernaryPlan): DrawRow {
  const f = module.function('drawRow', { row: 'i32', list: 'i32', tables: 'i32' }, { exported: false });
  const { row, list, tables } = f.params;
  const mask = columnMask(plan.columns);
  const end = f.let(i32.add(list, 8 * plan.pairs));
  const [counter, first, second, column, entry] = f.locals('i32', 5);

  const candidate = (value: Expr<'i32'>): void => {
    f.set(column, i32.and(value, mask));
    f.set(entry, i32.add(tables, i32.shl(column, 2)));
    f.do(i32.store(list, i32.load(entry, tableBytes(plan.columns))));
    const isNew = i32.ne(i32.load(entry), row);
    const counts = mask + 1 === plan.columns ? isNew : i32.and(isNew, i32.ltU(column, plan.columns));
    f.set(list, i32.add(list, i32.shl(counts, 2)));
    f.do(i32.store(entry, row));
  };

  f.doWhile(
    () => {
      emitThreefry(f, plan.key, row, counter, first, second);
      for (const word of [first, second]) {
        candidate(word);
        candidate(i32.shrU(word, 16));
      }
      f.set(counter, i32.add(counter, 1));
    },
    () => i32.ltU(list, end),
  );
  return f;
}

/** `first`, `second` = threefry(key, high, low), the key baked. */
function emitThreefry(f: DrawRow, key: readonly [number, number], high: Local<'i32'>, low: Local<'i32'>, first: Local<'i32'>, second: Local<'i32'>): void {
  const schedule = [key[0], key[1], THREEFRY_PARITY ^ key[0] ^ key[1]];
  f.set(first, i32.add(high, schedule[0] | 0));
  f.set(second, i32.add(low, schedule[1] | 0));
  for (let round = 0; round < THREEFRY_ROUNDS; round++) {
    f.set(first, i32.add(first, second));
    f.set(second, i32.xor(i32.rotl(second, THREEFRY_ROTATIONS[round % 8]), first));
    if (round % 4 === 3) {
      const injection = (round + 1) / 4;
      f.set(first, i32.add(first, schedule[injection % 3] | 0));
      f.set(second, i32.add(second, (schedule[(injection + 1) % 3] + injection) | 0));
    }
  }
}
