/**
 * Tables of the sums of four channels ("four Russians", Arlazarov et al. 1970), and rows as sums of their entries, on 16-bit lanes:
 *
 *     entry Σ (1 + w_i)·3^i = Σ w_i·x_i,   w_i in {-1, 0, 1},   row = Σ over groups of one entry each
 *
 * Invariant: sums wrap modulo 2^16, so their order does not matter.
 */
import { type FunctionBuilder, i16x8, i32, type Local, type ModuleBuilder, select, v128 } from '@bitvox/wasm';
import { type DensePlan, ENTRY_BYTES, GROUP_BYTES, GROUP_COLUMNS, TILE_VECTORS, TURN_GROUPS } from './dense-plan.ts';
import { VECTOR_BYTES } from './lanes.ts';

const VECTORS = Array.from({ length: TILE_VECTORS }, (_, vector) => vector * VECTOR_BYTES);

export type GroupTables = FunctionBuilder<
  { readonly x: 'i32'; readonly stride: 'i32'; readonly column: 'i32'; readonly end: 'i32'; readonly from: 'i32'; readonly tables: 'i32' },
  'void'
>;

/** Declares `groupTables(x, stride, column, end, from, tables)`: the tables of columns `column` to `end - 1`, the first of them at `from`. */
export function emitGroupTables(module: ModuleBuilder): GroupTables {
  const f = module.function('groupTables', { x: 'i32', stride: 'i32', column: 'i32', end: 'i32', from: 'i32', tables: 'i32' }, { exported: false });
  const { x, stride, column, end, from, tables } = f.params;
  const channels = f.locals('i32', GROUP_COLUMNS);
  const values = f.locals('v128', GROUP_COLUMNS);
  const sums = f.locals('v128', GROUP_COLUMNS);
  const empty = f.let(v128.zero());

  // Depth first: each entry is one addition to one that is still in a register.
  const fill = (input: number, entry: number, sum: Local<'v128'>, offset: number): void => {
    if (input < 0) {
      f.do(v128.store(tables, sum, entry * ENTRY_BYTES + offset));
      return;
    }
    const next = sums[input]!;
    f.set(next, i16x8.sub(sum, values[input]!));
    fill(input - 1, entry, next, offset);
    fill(input - 1, entry + 3 ** input, sum, offset);
    f.set(next, i16x8.add(sum, values[input]!));
    fill(input - 1, entry + 2 * 3 ** input, next, offset);
  };

  f.doWhile(
    () => {
      channels.forEach((channel, input) => {
        // What lies behind the last channel may be no memory: any channel will do, for no row has a code that counts it.
        f.set(channel, input === 0 ? from : select(i32.ltU(i32.add(column, input), end), from, x));
        f.set(from, i32.add(from, stride));
      });
      for (const offset of VECTORS) {
        values.forEach((value, input) => f.set(value, v128.load(channels[input]!, offset)));
        fill(GROUP_COLUMNS - 1, 0, empty, offset);
      }
      f.set(column, i32.add(column, GROUP_COLUMNS));
      f.set(tables, i32.add(tables, GROUP_BYTES));
    },
    () => i32.ltU(column, end),
  );
  return f;
}

export type CodeSums = FunctionBuilder<
  { readonly codes: 'i32'; readonly rows: 'i32'; readonly y: 'i32'; readonly stride: 'i32'; readonly later: 'i32'; readonly tables: 'i32' },
  'void'
>;

/** Declares `codeSums(codes, rows, y, stride, later, tables)`: the entries that the codes of rows name, stored or, if `later`, added to y. */
export function emitCodeSums(module: ModuleBuilder, { blockGroups, codeBytes }: DensePlan): CodeSums {
  const f = module.function('codeSums', { codes: 'i32', rows: 'i32', y: 'i32', stride: 'i32', later: 'i32', tables: 'i32' }, { exported: false });
  const { codes, rows, y, stride, later, tables } = f.params;
  const [entry, end] = f.locals('i32', 2);
  const sums = f.locals('v128', TILE_VECTORS);
  const eachVector = (body: (sum: Local<'v128'>, offset: number) => void): void => sums.forEach((sum, vector) => body(sum, VECTORS[vector]!));
  f.doWhile(
    () => {
      f.if(
        later,
        () => eachVector((sum, offset) => f.set(sum, v128.load(y, offset))),
        () => eachVector((sum) => f.set(sum, v128.zero())),
      );
      f.set(end, i32.add(codes, 2 * blockGroups));
      f.doWhile(
        () => {
          for (let group = 0; group < TURN_GROUPS; group++) {
            f.set(entry, i32.add(tables, i32.load16U(codes, 2 * group)));
            eachVector((sum, offset) => f.set(sum, i16x8.add(sum, v128.load(entry, offset))));
          }
          f.set(codes, i32.add(codes, 2 * TURN_GROUPS));
        },
        () => i32.ltU(codes, end),
      );
      eachVector((sum, offset) => f.do(v128.store(y, sum, offset)));
      f.set(codes, i32.add(codes, codeBytes - 2 * blockGroups));
      f.set(y, i32.add(y, stride));
      f.set(rows, i32.sub(rows, 1));
    },
    () => rows,
  );
  return f;
}
