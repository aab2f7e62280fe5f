/**
 * 1-bit or ternary weights × 1-bit activations by tables in memory with 4-bit lanes.
 *
 * Frames lie on the lanes: a v128 holds 32 of them, frame j in the low and frame j + 16 in the high nibble of byte j. An
 * entry counts, never negative, with b the bits of activations and s = 2b − 1:
 *
 *     1-bit:    matches,              T[0] = g − Σ b,     step_i = 2·b_i − 1,   C = 2·Σ T − K
 *     ternary:  Σ (1 + w·s),          T[0] = 2g − 2·Σ b,  step_i = 2·b_i − 1,   C = Σ T − K
 *
 * Budgets that keep it exact: an input counts at most p = 1 or 2; a nibble sums `merged` groups, merged·g·p <= 15; a byte
 * sums one block of groups, groups·g·p <= 255; offsets into the tables fit 16 bits.
 */
import { i16x8, i32, i8x16, type Local, v128, type V128 } from '@bitvox/wasm';
import type { GemmShape } from './gemm-1x1.ts';
import { unpackRows } from '../pack-rows.ts';
import { buildRun, type GemmKernel, type RunBuilder } from './kernel.ts';
import { entryOffset, offsetBytes, packOffsets, planTables4, type Radix, tableBytes, type TablesPlan } from './tables-plan.ts';
import { buildTablesGemm, fillTable, type TableLanes } from './tables.wasm.ts';
import { tileBytes } from './tile.wasm.ts';

const tiling = ({ m }: GemmShape, plan: TablesPlan) => ({ rows: m, width: 32 * plan.vectors, elementShift: 1 }) as const;

/** The tables and sums of 32 frames per vector. */
function nibbleLanes(run: RunBuilder, shape: GemmShape, plan: TablesPlan, base: number): TableLanes {
  const { group, vectors, merged, turns, radix } = plan;
  const [bits, steps, registers] = [run.locals('v128', group), run.locals('v128', group), run.locals('v128', group)];
  const [start, sum, low] = [run.local('v128'), run.local('v128'), run.local('v128')];
  const [highNibble, lowNibble, minusOnes] = [run.let(i8x16.constSplat(0xf0 - 256)), run.let(i8x16.constSplat(15)), run.let(i8x16.constSplat(-0x11))];
  const [all, high] = [run.locals('v128', vectors), run.locals('v128', vectors)];
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

  const addTurn = (index: Local<'i32'>): void => {
    for (let turn = 0; turn < turns; turn++) {
      offsets.forEach((offset, n) => run.set(offset, i32.load16U(index, 2 * (turn * merged + n))));
      for (let r = 0; r < vectors; r++) {
        const entries = offsets.map((offset) => v128.load(offset, base + 16 * r));
        run.set(
          sum,
          entries.reduce((total: V128, entry) => i8x16.add(total, entry)),
        );
        run.set(all[r]!, i8x16.add(all[r]!, sum));
        run.set(high[r]!, i8x16.add(high[r]!, v128.and(i16x8.shrU(sum, 4), lowNibble)));
      }
    }
    run.set(index, i32.add(index, 2 * turns * merged));
  };

  const storeRow = (out: Local<'i32'>, form: 'first' | 'later'): void => {
    for (let r = 0; r < vectors; r++) {
      // all = Σ low + 16·Σ high modulo 256, and Σ low <= 255.
      run.set(low, i8x16.sub(all[r]!, v128.and(i16x8.shl(high[r]!, 4), highNibble)));
      const quarters = [i16x8.extendLowI8x16U(low), i16x8.extendHighI8x16U(low), i16x8.extendLowI8x16U(high[r]!), i16x8.extendHighI8x16U(high[r]!)];
      quarters.forEach((counts, n) => {
        const at = 64 * r + 16 * n;
        const scaled = radix === 2 ? i16x8.shl(counts, 1) : counts;
        const value = form === 'first' ? i16x8.sub(scaled, i16x8.constSplat(shape.k)) : i16x8.add(scaled, v128.load(out, at));
        run.do(v128.store(out, value, at));
      });
    }
  };

  const clear = (): void => [...all, ...high].forEach((local) => run.set(local, v128.zero()));
  return { ...tiling(shape, plan), buildGroup, clear, addTurn, storeRow };
}

const tables4 = (weights: '1' | 'ternary', radix: Radix, t: number): GemmKernel => ({
  name: `gemm_${weights}x1_i16__tables4`,
  op: 'gemm',
  weights,
  activations: '1',
  accumulator: 'i16',
  summary: 'Tables of partial sums in memory with 32 frames on 4-bit lanes; one load and one addition per group of weights.',
  requires: ['simd'],
  limits: { k: 32767 },
  // Fewer rows do not pay for the tables they share; fewer frames leave most of the 32 lanes unused.
  pays: { m: 24, t },
  weightBytes: (shape) => offsetBytes(shape.m, planTables4(shape, radix)),
  scratchBytes: (shape) => tableBytes(planTables4(shape, radix)) + tileBytes(tiling(shape, planTables4(shape, radix))),
  packWeights: (rows, shape) => packOffsets(unpackRows(rows, shape.m, shape.k, weights), shape, planTables4(shape, radix)),
  build: (shape, target) =>
    buildRun(target, (run) => {
      const plan = planTables4(shape, radix);
      buildTablesGemm(run, shape, plan, target.scratch, nibbleLanes(run, shape, plan, target.scratch));
    }),
});

/** Sums kept in 16 bits: K <= 32767. */
export const gemm1x1I16Tables4 = tables4('1', 2, 10);
/** Sums kept in 16 bits: K <= 32767. */
export const gemmTernaryx1I16Tables4 = tables4('ternary', 3, 6);
