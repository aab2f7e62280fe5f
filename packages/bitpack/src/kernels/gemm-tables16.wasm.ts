/**
 * 1-bit or ternary weights × int8 activations by tables in memory with 16-bit lanes.
 *
 * Frames lie on the lanes, 16 of them in two vectors. With x the activations of a group:
 *
 *     T[0] = −Σ x,   step_i = 2·x_i for 1-bit, x_i for ternary weights (twice for +1),   C = Σ over groups of T
 *
 * Budget that keeps it exact: a lane sums one block of at most 255 inputs, |Σ| <= 255·128 < 2^15; blocks add up in the 32-bit
 * results, so that the depth has no limit.
 */
import { i16x8, i32, i32x4, type Local, v128, type V128 } from '@bitvox/wasm';
import { MAXIMUM_EXTENT } from '../layout.ts';
import { unpackRows } from '../pack-rows.ts';
import type { GemmShape } from './gemm-1x1.ts';
import { buildRun, type GemmKernel, type KernelTarget, type RunBuilder } from './kernel.ts';
import {
  BASE_SLACK,
  entryOffset,
  offsetBytes,
  packOffsets,
  planTables16,
  type Radix,
  tableBase,
  tableBytes,
  type TablesPlan,
  tablesSteps,
} from './tables-plan.ts';
import { buildTablesGemm, fillTable, type RowForm, type TableLanes } from './tables.wasm.ts';
import { tileBytes } from './tile.wasm.ts';

const tiling = ({ m }: GemmShape, plan: TablesPlan) => ({ rows: m, width: 8 * plan.vectors, elementShift: 2 }) as const;

/** The tables and sums of 8 frames per vector. */
function wordLanes(run: RunBuilder, shape: GemmShape, plan: TablesPlan, base: number): TableLanes {
  const { group, vectors, radix } = plan;
  const [steps, registers, sums] = [run.locals('v128', group), run.locals('v128', group), run.locals('v128', vectors)];
  const start = run.local('v128');
  const [row, offset] = [run.local('i32'), run.local('i32')];

  const buildGroup = (inputs: number, from: Local<'i32'>, table: Local<'i32'>): void => {
    const used = steps.slice(0, inputs);
    for (let r = 0; r < vectors; r++) {
      run.set(row, from);
      run.set(start, v128.zero());
      for (const step of used) {
        run.set(step, v128.load8x8S(row, 8 * r));
        run.set(row, i32.add(row, run.params.xStride));
        run.set(start, i16x8.sub(start, step));
        if (radix === 2) run.set(step, i16x8.add(step, step));
      }
      const store = (entry: number, value: Local<'v128'>): void => run.do(v128.store(table, value, base + entryOffset(plan, 0, entry) + 16 * r));
      fillTable(run, { radix, start, steps: used, registers, add: i16x8.add, store });
    }
    run.set(from, row);
  };

  const addTurns = (index: Local<'i32'>, turns: number): void => {
    for (let turn = 0; turn < turns; turn++) {
      run.set(offset, i32.load16U(index, 2 * turn));
      sums.forEach((sum, r) => run.set(sum, i16x8.add(sum, v128.load(offset, base + 16 * r))));
    }
    run.set(index, i32.add(index, 2 * turns));
  };

  const storeRow = (out: Local<'i32'>, form: RowForm): void => {
    const halves: V128[] = sums.flatMap((sum) => [i32x4.extendLowI16x8S(sum), i32x4.extendHighI16x8S(sum)]);
    halves.forEach((half, n) => run.do(v128.store(out, form === 'only' || form === 'first' ? half : i32x4.add(half, v128.load(out, 16 * n)), 16 * n)));
  };

  const clear = (): void => sums.forEach((sum) => run.set(sum, v128.zero()));
  return { ...tiling(shape, plan), buildGroup, clear, addTurns, storeRow };
}

/** The module for a cut of the work. */
export const buildTables16 = (shape: GemmShape, plan: TablesPlan, target: KernelTarget): Uint8Array<ArrayBuffer> =>
  buildRun(target, (run) => {
    const base = tableBase(target.scratch);
    buildTablesGemm(run, shape, plan, base, wordLanes(run, shape, plan, base));
  });

const tables16 = (weights: '1' | 'ternary', radix: Radix, m: number): GemmKernel => ({
  name: `gemm_${weights}xint8_i32__tables16`,
  op: 'gemm',
  weights,
  activations: 'int8',
  accumulator: 'i32',
  summary: 'Tables of partial sums in memory with 16 frames on 16-bit lanes; two loads and two additions per group of weights.',
  requires: ['simd'],
  limits: { k: MAXIMUM_EXTENT },
  pays: { m, t: 8 },
  steps: (shape) => tablesSteps(shape, planTables16(shape, radix), 8),
  weightBytes: (shape) => offsetBytes(shape.m, planTables16(shape, radix)),
  scratchBytes: (shape) => BASE_SLACK + tableBytes(planTables16(shape, radix)) + tileBytes(tiling(shape, planTables16(shape, radix))),
  packWeights: (rows, shape) => packOffsets(unpackRows(rows, shape.m, shape.k, weights), shape, planTables16(shape, radix)),
  build: (shape, target) => buildTables16(shape, planTables16(shape, radix), target),
});

/** Any depth. */
export const gemm1xInt8Tables16 = tables16('1', 2, 8);
/** Any depth. */
export const gemmTernaryxInt8Tables16 = tables16('ternary', 3, 16);
