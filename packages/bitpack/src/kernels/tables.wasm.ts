/**
 * What the table kernels ("four Russians") share. For every group of g inputs the contributions of all radix^g possible
 * groups of weights are written to a table, one vector of frames per entry:
 *
 *     T[0] = start,   T[e + radix^i] = T[e] + step_i,   row = Σ over groups of T[weights of the group]
 *
 * after which a row costs one load and one addition per group. Lanes and what they hold are the kernel's affair.
 * Invariant: the tables of a block are complete before its first row is summed; offset 0 is a zero vector.
 * Prior art of the idea: Arlazarov et al. 1970; vector tables for low-bit inference: arXiv 2512.06443.
 */
import { i32, type Local, v128, type V128 } from '@bitvox/wasm';
import type { GemmShape } from './gemm-1x1.ts';
import type { RunBuilder } from './kernel.ts';
import { blockOffsetBytes, entryOffset, type Radix, tableBytes, type TablesPlan } from './tables-plan.ts';
import { eachTile, type Tiling } from './tile.wasm.ts';

/** How one kind of lanes works. */
export interface TableLanes extends Omit<Tiling, 'rows' | 'tile'> {
  /** Emits the tables of one group of `inputs` rows at `table`, and moves `from` on by as many rows. */
  readonly buildGroup: (inputs: number, from: Local<'i32'>, table: Local<'i32'>) => void;
  /** Emits: accumulators to zero. */
  readonly clear: () => void;
  /** Emits: accumulators to what earlier blocks left at `out`. Given where the order of sums matters; rows are then stored as they are. */
  readonly resume?: (out: Local<'i32'>) => void;
  /** Emits: `turns` sums of merged groups, by the offsets at `index`, which it moves on. */
  readonly addTurns: (index: Local<'i32'>, turns: number) => void;
  /** Emits: the table of the rest, from the rows at `from`. Wanted where plans have a rest. */
  readonly buildRest?: (from: Local<'i32'>) => void;
  /** Emits: accumulators → results at `out`; `rest` holds the address of the row's offset into the table of the rest. */
  readonly storeRow: (out: Local<'i32'>, form: RowForm, rest: Local<'i32'>) => void;
}

/** Which blocks of a row's sum are in the accumulators: all, or these beside what earlier blocks left at its place. */
export type RowForm = 'only' | 'first' | 'middle' | 'last';

/** Emits the entries of one group; `entry` holds `inputs` registers, `store` writes entry e. */
export function fillTable(
  run: Pick<RunBuilder, 'set'>,
  {
    radix,
    start,
    steps,
    registers,
    add,
    store,
  }: {
    readonly radix: Radix;
    readonly start: Local<'v128'>;
    readonly steps: readonly Local<'v128'>[];
    readonly registers: readonly Local<'v128'>[];
    readonly add: (a: V128, b: V128) => V128;
    readonly store: (entry: number, value: Local<'v128'>) => void;
  },
): void {
  // Depth first: each entry is one addition to one that is still in a register.
  const fill = (input: number, entry: number, value: Local<'v128'>): void => {
    if (input < 0) {
      store(entry, value);
      return;
    }
    fill(input - 1, entry, value);
    const next = registers[input]!;
    for (let digit = 1; digit < radix; digit++) {
      run.set(next, add(digit === 1 ? value : next, steps[input]!));
      fill(input - 1, entry + digit * radix ** input, next);
    }
  };
  fill(steps.length - 1, 0, start);
}

/** Emits the whole product over tables at `base`, followed there by the tile. */
export function buildTablesGemm(run: RunBuilder, { m, k }: GemmShape, plan: TablesPlan, base: number, lanes: TableLanes): void {
  const { weights } = run.params;
  const { group, vectors, merged, turns, blockGroups, blocks, rest } = plan;
  const [table, index, loopEnd, restIndex, row, result, left, block, fullGroups] = run.locals('i32', 9);

  for (let r = 0; r < vectors; r++) run.do(v128.store(i32.const(base + 16 * r), v128.zero()));

  const blockTables = (from: Local<'i32'>): void => {
    run.set(table, 0);
    run.set(left, blockGroups);
    run.if(i32.gtS(left, fullGroups), () => run.set(left, fullGroups));
    run.set(fullGroups, i32.sub(fullGroups, left));
    run.while(
      () => left,
      () => {
        lanes.buildGroup(group, from, table);
        run.set(table, i32.add(table, entryOffset(plan, 1, 0) - entryOffset(plan, 0, 0)));
        run.set(left, i32.sub(left, 1));
      },
    );
    if (k % group > 0) {
      const incomplete = (): void => (rest > 0 ? lanes.buildRest?.(from) : lanes.buildGroup(k % group, from, table));
      if (blocks === 1) incomplete();
      else run.if(i32.eq(block, blocks - 1), incomplete);
    }
  };

  const sumRow = (): void => {
    const sums = blockGroups / merged;
    const looped = sums - (sums % turns);
    if (lanes.resume === undefined || blocks === 1) lanes.clear();
    else run.if(block, () => lanes.resume?.(result), lanes.clear);
    if (looped > 0) {
      run.set(loopEnd, i32.add(index, looped * merged * 2));
      run.doWhile(
        () => lanes.addTurns(index, turns),
        () => i32.ltU(index, loopEnd),
      );
    }
    if (looped < sums) lanes.addTurns(index, sums - looped);
  };

  const storeRow = (): void => {
    const store = (form: RowForm) => (): void => lanes.storeRow(result, form, restIndex);
    if (blocks === 1 || lanes.resume !== undefined) return store('only')();
    const beforeLast = blocks === 2 ? store('first') : (): void => run.if(block, store('middle'), store('first'));
    run.if(i32.eq(block, blocks - 1), store('last'), beforeLast);
  };

  eachTile(run, { ...lanes, rows: m, tile: base + tableBytes(plan) }, ({ from, out, outBytes }) => {
    run.set(index, weights);
    run.set(fullGroups, Math.floor(k / group));
    run.set(block, 0);
    run.doWhile(
      () => {
        blockTables(from);
        run.set(result, out);
        run.set(row, m);
        run.set(restIndex, i32.add(weights, blockOffsetBytes(m, plan)));
        run.doWhile(
          () => {
            sumRow();
            storeRow();
            run.set(result, i32.add(result, outBytes));
            if (rest > 0) run.set(restIndex, i32.add(restIndex, 2));
            run.set(row, i32.sub(row, 1));
          },
          () => row,
        );
        run.set(block, i32.add(block, 1));
      },
      () => i32.ltU(block, blocks),
    );
  });
}
