/**
 * 1-bit or ternary weights × f32 activations by tables in memory with f32 lanes: no multiplication at all.
 *
 * Frames lie on the lanes, 16 of them in four vectors, or 8 in two. Entry e of a group is its inputs added and subtracted from left to right as the
 * weights of e say; a row adds one entry per group, from left to right over all blocks, which is the order of `gemm-float.ts`.
 */
import { f32x4, i32, type Local, v128 } from '@bitvox/wasm';
import { MAXIMUM_EXTENT } from '../layout.ts';
import { unpackRows } from '../pack-rows.ts';
import type { FloatWeights } from './gemm-float.ts';
import type { GemmShape } from './gemm-1x1.ts';
import { buildRun, type GemmKernel, type RunBuilder } from './kernel.ts';
import { BASE_SLACK, entryOffset, offsetBytes, packOffsets, planTables32, tableBase, tableBytes, type TablesPlan, tablesSteps } from './tables-plan.ts';
import { buildTablesGemm, type TableLanes } from './tables.wasm.ts';
import { tileBytes } from './tile.wasm.ts';

const tiling = ({ m }: GemmShape, plan: TablesPlan) => ({ rows: m, width: 4 * plan.vectors, elementShift: 2, inputShift: 2 }) as const;

/** The tables and sums of 4 frames per vector. */
function floatLanes(run: RunBuilder, shape: GemmShape, plan: TablesPlan, base: number): TableLanes {
  const { group, vectors, radix } = plan;
  const [inputs, partial, sums] = [run.locals('v128', group), run.locals('v128', group), run.locals('v128', vectors)];
  const [row, offset] = [run.local('i32'), run.local('i32')];
  const xBytes = run.let(i32.shl(run.params.xStride, 2));

  const buildGroup = (count: number, from: Local<'i32'>, table: Local<'i32'>): void => {
    for (let r = 0; r < vectors; r++) {
      run.set(row, from);
      for (const input of inputs.slice(0, count)) {
        run.set(input, v128.load(row, 16 * r));
        run.set(row, i32.add(row, xBytes));
      }
      // Depth first, the first input outermost: an entry is one addition to a sum that is still in a register.
      const fill = (n: number, entry: number, sum: Local<'v128'> | undefined): void => {
        const before = sum ?? f32x4.constSplat(0);
        if (n === count) {
          run.do(v128.store(table, before, base + entryOffset(plan, 0, entry) + 16 * r));
          return;
        }
        const next = partial[n]!;
        run.set(next, f32x4.sub(before, inputs[n]!));
        fill(n + 1, entry, next);
        if (radix === 3) fill(n + 1, entry + radix ** n, sum);
        run.set(next, f32x4.add(before, inputs[n]!));
        fill(n + 1, entry + (radix - 1) * radix ** n, next);
      };
      fill(0, 0, undefined);
    }
    run.set(from, row);
  };

  const addTurns = (index: Local<'i32'>, turns: number): void => {
    for (let turn = 0; turn < turns; turn++) {
      run.set(offset, i32.load16U(index, 2 * turn));
      sums.forEach((sum, r) => run.set(sum, f32x4.add(sum, v128.load(offset, base + 16 * r))));
    }
    run.set(index, i32.add(index, 2 * turns));
  };

  return {
    ...tiling(shape, plan),
    buildGroup,
    clear: () => sums.forEach((sum) => run.set(sum, v128.zero())),
    resume: (out) => sums.forEach((sum, r) => run.set(sum, v128.load(out, 16 * r))),
    addTurns,
    storeRow: (out) => sums.forEach((sum, r) => run.do(v128.store(out, sum, 16 * r))),
  };
}

/** The kernel for weights of 1 bit or ternary ones. */
export function tables32(weights: FloatWeights): GemmKernel {
  const planOf = (shape: GemmShape): TablesPlan => planTables32(shape, weights === '1' ? 2 : 3);
  return {
    name: `gemm_${weights}xf32_f32__tables32`,
    op: 'gemm',
    weights,
    activations: 'f32',
    accumulator: 'f32',
    summary: 'Tables of partial sums in memory with 16 frames on f32 lanes; four loads and four additions per group of weights.',
    requires: ['simd'],
    limits: { k: MAXIMUM_EXTENT },
    pays: { m: 1, t: 1 },
    steps: (shape) => tablesSteps(shape, planOf(shape), 4),
    weightBytes: (shape) => offsetBytes(shape.m, planOf(shape)),
    scratchBytes: (shape) => BASE_SLACK + tableBytes(planOf(shape)) + tileBytes(tiling(shape, planOf(shape))),
    packWeights: (rows, shape) => packOffsets(unpackRows(rows, shape.m, shape.k, weights), shape, planOf(shape)),
    build: (shape, target) =>
      buildRun(target, (run) => {
        const [plan, base] = [planOf(shape), tableBase(target.scratch)];
        buildTablesGemm(run, shape, plan, base, floatLanes(run, shape, plan, base));
      }),
  };
}
