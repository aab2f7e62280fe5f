/**
 * 1-bit or ternary weights × 1-bit activations by tables in memory with 4-bit lanes.
 *
 * Frames lie on the lanes: a v128 holds 32 of them, frame j in the low and frame j + 16 in the high nibble of byte j. An
 * entry counts, never negative, with b the bits of activations and s = 2b − 1:
 *
 *     1-bit:    matches,              T[0] = g − Σ b,     step_i = 2·b_i − 1,   C = 2·Σ T − K
 *     ternary:  Σ (1 + w·s),          T[0] = 2g − 2·Σ b,  step_i = 2·b_i − 1,   C = Σ T − K
 *
 * Where an incomplete last group would need one more block, its table holds 16-bit sums and the −K, and starts the results.
 * Budgets that keep it exact: an input counts at most p = 1 or 2; a nibble sums `merged` groups, merged·g·p <= 15; a byte
 * sums one block of groups, groups·g·p <= 255; offsets into the tables fit 16 bits.
 */
import { i16x8, i32, i8x16, type Local, v128, type V128 } from '@bitvox/wasm';
import type { GemmShape } from './gemm-1x1.ts';
import { unpackRows } from '../pack-rows.ts';
import { buildRun, type GemmKernel, type KernelTarget, type RunBuilder } from './kernel.ts';
import {
  BASE_SLACK,
  entryOffset,
  offsetBytes,
  packOffsets,
  planTables4,
  type Radix,
  restOffset,
  tableBase,
  tableBytes,
  type TablesPlan,
  tablesSteps,
} from './tables-plan.ts';
import { nibbleSums } from './nibble-sums.wasm.ts';
import { buildTablesGemm, fillTable, type RowForm, type TableLanes } from './tables.wasm.ts';
import { tileBytes } from './tile.wasm.ts';

const tiling = ({ m }: GemmShape, plan: TablesPlan) => ({ rows: m, width: 32 * plan.vectors, elementShift: 1 }) as const;

/** The tables and sums of 32 frames per vector. */
function nibbleLanes(run: RunBuilder, shape: GemmShape, plan: TablesPlan, base: number): TableLanes {
  const { group, vectors, merged, radix, rest } = plan;
  const [bits, steps, registers] = [run.locals('v128', group), run.locals('v128', group), run.locals('v128', group)];
  const [start, count] = [run.local('v128'), run.local('v128')];
  const [highNibble, minusOnes] = [run.let(i8x16.constSplat(0xf0 - 256)), run.let(i8x16.constSplat(-0x11))];
  const sums = nibbleSums(run, vectors);
  const offsets = run.locals('i32', merged);
  const row = run.local('i32');

  const buildGroup = (inputs: number, from: Local<'i32'>, table: Local<'i32'>): void => {
    for (let r = 0; r < vectors; r++) {
      run.set(row, from);
      for (let i = 0; i < inputs; i++) {
        const upper = v128.and(i16x8.shl(v128.load(row, 32 * r + 16), 4), highNibble);
        run.set(bits[i]!, v128.or(v128.load(row, 32 * r), upper));
        run.set(row, i32.add(row, run.params.xStride));
      }
      // Every input counts 1 where it fails to match a weight of −1; 2 where the weights are ternary.
      run.set(start, i8x16.constSplat(0x11 * inputs));
      for (let i = 0; i < inputs; i++) {
        run.set(start, i8x16.sub(start, bits[i]!));
        run.set(steps[i]!, i8x16.add(i8x16.add(bits[i]!, bits[i]!), minusOnes));
      }
      if (radix === 3) run.set(start, i8x16.add(start, start));
      const store = (entry: number, value: Local<'v128'>): void => run.do(v128.store(table, value, base + entryOffset(plan, 0, entry) + 16 * r));
      fillTable(run, { radix, start, steps: steps.slice(0, inputs), registers, add: i8x16.add, store });
    }
    run.set(from, row);
  };

  const addTurns = (index: Local<'i32'>, turns: number): void => {
    for (let turn = 0; turn < turns; turn++) {
      offsets.forEach((offset, n) => run.set(offset, i32.load16U(index, 2 * (turn * merged + n))));
      for (let r = 0; r < vectors; r++) {
        const entries = offsets.map((offset) => v128.load(offset, base + 16 * r));
        sums.add(
          r,
          entries.reduce((total: V128, entry) => i8x16.add(total, entry)),
        );
      }
    }
    run.set(index, i32.add(index, 2 * turns * merged));
  };

  /** The rest has the results' lanes and scale, and brings what is subtracted from every result. */
  const buildRest = (from: Local<'i32'>): void => {
    for (let n = 0; n < 4 * vectors; n++) {
      run.set(row, from);
      run.set(start, i16x8.constSplat(rest - shape.k));
      for (const step of steps.slice(0, rest)) {
        run.set(step, v128.load8x8S(row, 8 * n));
        run.set(step, i16x8.sub(i16x8.add(step, step), i16x8.constSplat(1)));
        run.set(start, i16x8.sub(start, step));
        if (radix === 2) run.set(step, i16x8.add(step, step));
        run.set(row, i32.add(row, run.params.xStride));
      }
      const store = (entry: number, value: Local<'v128'>): void => run.do(v128.store(i32.const(base), value, restOffset(plan, entry) + 16 * n));
      fillTable(run, { radix, start, steps: steps.slice(0, rest), registers, add: i16x8.add, store });
    }
  };

  const storeRow = (out: Local<'i32'>, form: RowForm, restIndex: Local<'i32'>): void => {
    const isEarlier = form === 'first' || form === 'middle';
    if (rest > 0 && !isEarlier) run.set(row, i32.load16U(restIndex));
    for (let r = 0; r < vectors; r++) {
      const { low, high } = sums.split(r);
      const quarters = [i16x8.extendLowI8x16U(low), i16x8.extendHighI8x16U(low), i16x8.extendLowI8x16U(high), i16x8.extendHighI8x16U(high)];
      quarters.forEach((quarter, n) => {
        const at = 64 * r + 16 * n;
        run.set(count, form === 'only' || form === 'first' ? quarter : i16x8.add(quarter, v128.load(out, at)));
        const last = rest > 0 ? v128.load(row, base + at) : i16x8.constSplat(-shape.k);
        run.do(v128.store(out, isEarlier ? count : i16x8.add(radix === 2 ? i16x8.add(count, count) : count, last), at));
      });
    }
  };

  return { ...tiling(shape, plan), buildGroup, clear: sums.clear, addTurns, buildRest, storeRow };
}

/** The module for a cut of the work. */
export const buildTables4 = (shape: GemmShape, plan: TablesPlan, target: KernelTarget): Uint8Array<ArrayBuffer> =>
  buildRun(target, (run) => {
    const base = tableBase(target.scratch);
    buildTablesGemm(run, shape, plan, base, nibbleLanes(run, shape, plan, base));
  });

const tables4 = (weights: '1' | 'ternary', radix: Radix, { m, t }: GemmKernel['pays']): GemmKernel => ({
  name: `gemm_${weights}x1_i16__tables4`,
  op: 'gemm',
  weights,
  activations: '1',
  accumulator: 'i16',
  summary: 'Tables of partial sums in memory with 32 frames on 4-bit lanes; one load and one addition per group of weights.',
  requires: ['simd'],
  limits: { k: 32767 },
  // Fewer rows do not pay for the tables they share; fewer frames leave most of the 32 lanes unused.
  pays: { m, t },
  steps: (shape) => tablesSteps(shape, planTables4(shape, radix), 32),
  weightBytes: (shape) => offsetBytes(shape.m, planTables4(shape, radix)),
  scratchBytes: (shape) => BASE_SLACK + tableBytes(planTables4(shape, radix)) + tileBytes(tiling(shape, planTables4(shape, radix))),
  packWeights: (rows, shape) => packOffsets(unpackRows(rows, shape.m, shape.k, weights), shape, planTables4(shape, radix)),
  build: (shape, target) => buildTables4(shape, planTables4(shape, radix), target),
});

/** Sums kept in 16 bits: K <= 32767. */
export const gemm1x1I16Tables4 = tables4('1', 2, { m: 8, t: 10 });
/** Sums kept in 16 bits: K <= 32767. */
export const gemmTernaryx1I16Tables4 = tables4('ternary', 3, { m: 4, t: 6 });
