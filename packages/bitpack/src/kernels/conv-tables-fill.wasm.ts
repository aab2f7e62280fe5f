/** The tables of a block of the convolution (`conv2d-tables4.wasm.ts`): the phases of a group of channels, then all sums of them. */
import { i16x8, i32, i8x16, type Local, v128 } from '@bitvox/wasm';
import { copyGrid } from './conv-grid.wasm.ts';
import { type IntegerFunction, repeat } from './conv-kernel.ts';
import { SOURCE_BYTES } from './conv-planes.ts';
import type { ConvShape } from './conv-shape.ts';
import { type ConvTablesPlan, entryOffset, lastGroups } from './conv-tables-plan.ts';
import type { ConvTablesLayout } from './conv-tables-weights.ts';
import { fillTable } from './tables.wasm.ts';

/** Where a block stands. */
export interface BlockAt {
  /** Number of the block. */
  readonly block: Local<'i32'>;
  /** First output row of the strip. */
  readonly firstRow: Local<'i32'>;
  /** Address of which positions of the strip are inside. */
  readonly inside: Local<'i32'>;
  /** Address of the first channel of the block; afterwards of the next block. */
  readonly channel: Local<'i32'>;
}

/** Emits the tables of a block, by way of the phases of its groups at `scratch`. */
export function fillBlock(
  run: IntegerFunction<'weights' | 'xStride'>,
  shape: ConvShape,
  plan: ConvTablesPlan,
  layout: ConvTablesLayout,
  scratch: number,
  { block, firstRow, inside, channel }: BlockAt,
): void {
  const { radix, group, half, phaseBytes } = plan;
  const { phases, columns, gridRows, gridBytes } = layout;
  const tables = scratch + layout.scratch.tables;
  const channelBytes = phases.length * gridBytes;
  const [grid, gridAt, source, to, table, tableAt, phaseEnd, insideAt] = run.locals('i32', 8);
  const [bits, steps, registers] = [run.locals('v128', group), run.locals('v128', group), run.locals('v128', group)];
  const [counted, start] = [run.local('v128'), run.local('v128')];

  const copyChannel = (): void => {
    run.set(source, i32.add(run.params.weights, layout.weights.sources));
    repeat(run, phases.length, () => {
      run.set(to, grid);
      copyGrid(run, shape, { vectors: true, pixelBytes: 1, outside: 0 }, { channel, source, firstRow, rows: gridRows, firstColumn: 0, columns, to });
      run.set(grid, i32.add(grid, gridBytes));
      run.set(source, i32.add(source, SOURCE_BYTES));
    });
    run.set(channel, i32.add(channel, run.params.xStride));
  };

  const fillVector = (inputs: number): void => {
    run.set(counted, v128.load(insideAt));
    run.set(start, v128.zero());
    for (let i = 0; i < inputs; i++) {
      // Bytes between the rows of a phase may hold anything; they must not reach the nibbles beside them.
      const upper = v128.and(i16x8.shl(v128.load(gridAt, i * channelBytes + half), 4), i8x16.constSplat(-16));
      run.set(bits[i]!, v128.or(v128.load(gridAt, i * channelBytes), upper));
      run.set(start, i8x16.add(start, i8x16.sub(counted, bits[i]!)));
      run.set(steps[i]!, i8x16.sub(i8x16.add(bits[i]!, bits[i]!), counted));
    }
    if (radix === 3) run.set(start, i8x16.add(start, start));
    const store = (entry: number, value: Local<'v128'>): void => run.do(v128.store(tableAt, value, tables + entryOffset(plan, 0, entry)));
    fillTable(run, { radix, start, steps: steps.slice(0, inputs), registers, add: i8x16.add, store });
  };

  const fillGroup = (inputs: number): void => {
    run.set(grid, scratch);
    repeat(run, inputs, copyChannel);
    run.set(grid, scratch);
    run.set(tableAt, table);
    run.set(insideAt, inside);
    repeat(run, phases.length, () => {
      run.set(gridAt, grid);
      run.set(phaseEnd, i32.add(tableAt, phaseBytes));
      run.doWhile(
        () => {
          fillVector(inputs);
          for (const at of [gridAt, insideAt, tableAt]) run.set(at, i32.add(at, 16));
        },
        () => i32.ltU(tableAt, phaseEnd),
      );
      run.set(grid, i32.add(grid, gridBytes));
    });
    run.set(table, i32.add(table, entryOffset(plan, 1, 0) - entryOffset(plan, 0, 0)));
  };

  const rest = shape.channels % group;
  const isLast = (): ReturnType<typeof i32.eq> => i32.eq(block, plan.blocks - 1);
  const full = run.let(i32.const(plan.blockGroups));
  run.if(isLast(), () => run.set(full, lastGroups(plan) - Number(rest > 0)));
  run.set(table, 0);
  run.if(full, () => repeat(run, full, () => fillGroup(group)));
  if (rest > 0) run.if(isLast(), () => fillGroup(rest));
}
