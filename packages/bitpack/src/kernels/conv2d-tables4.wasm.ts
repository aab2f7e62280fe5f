/**
 * 1-bit or ternary weights × 1-bit activations by tables in memory with 4-bit lanes, over planes.
 *
 * As in the matrix product (`gemm-tables4.wasm.ts`), every group of g channels gets the sums of all possible groups of
 * weights, here for every position of a strip. A tap needs no tables of its own: it reads the same ones a few positions further
 * on, so that an offset says both the weights and the tap. With b the bits, s = 2b − 1, and i = 1 inside, 0 outside:
 *
 *     1-bit:    matches inside,       T[0] = Σ (i − b),      step = 2b − i,   Y = 2·Σ T − channels · taps inside
 *     ternary:  Σ (1 + w·s) inside,   T[0] = 2·Σ (i − b),    step = 2b − i,   Y = Σ T − channels · taps inside
 *
 * so that a position outside adds nothing (`zero`); where padding is −1, every position counts as inside and b is 0 outside.
 * Budgets that keep it exact are in `conv-tables-plan.ts`.
 */
import { i32, v128 } from '@bitvox/wasm';
import { unpackRows } from '../pack-rows.ts';
import { buildFunction, type ConvKernel, type IntegerFunction, repeat } from './conv-kernel.ts';
import { type ConvShape, depthOf, oncePerShape } from './conv-shape.ts';
import { fillBlock } from './conv-tables-fill.wasm.ts';
import { type ConvTablesPlan, lastGroups, planConvTables, rowEntries } from './conv-tables-plan.ts';
import { storeStrip, sumOutput } from './conv-tables-sum.wasm.ts';
import { convTablesLayout, packConvTables } from './conv-tables-weights.ts';
import { depthLimit } from './kernel.ts';
import type { Radix } from './tables-plan.ts';

const PARAMETERS = ['weights', 'x', 'xStride', 'y', 'yStride'] as const;

function build(run: IntegerFunction<(typeof PARAMETERS)[number]>, shape: ConvShape, plan: ConvTablesPlan, scratch: number): void {
  const { weights, x, y, yStride } = run.params;
  const { blocks, blockGroups, stripRows, strips, half, entryBytes } = plan;
  const layout = convTablesLayout(shape, plan);
  const { height, width, taps } = layout;
  const tables = scratch + layout.scratch.tables;
  const [block, firstRow, channel, inside] = run.locals('i32', 4);
  const [first, end, sums, result] = run.locals('i32', 4);
  const strip = { sums: run.local('i32'), base: run.local('i32'), result: run.local('i32') };

  const storeOutput = (): void => {
    run.set(strip.sums, i32.sub(sums, (blocks - 1) * 2 * half));
    run.set(strip.base, i32.add(weights, i32.add(i32.mul(firstRow, 2 * width), layout.weights.base)));
    run.set(strip.result, result);
    storeStrip(run, plan, layout, strip);
    run.set(result, i32.add(result, i32.shl(yStride, 1)));
  };
  const sumBlock = (): void => {
    const rowBytes = run.let(i32.const(2 * rowEntries(plan, taps, blockGroups)));
    const isLast = (): ReturnType<typeof i32.eq> => i32.eq(block, blocks - 1);
    run.if(isLast(), () => run.set(rowBytes, 2 * rowEntries(plan, taps, lastGroups(plan))));
    run.set(sums, i32.add(i32.mul(block, 2 * half), scratch + layout.scratch.sums));
    run.set(result, i32.add(y, i32.mul(firstRow, 2 * width)));
    repeat(run, shape.outputs, () => {
      run.set(end, i32.add(first, rowBytes));
      sumOutput(run, plan, tables, { first, end, sums });
      run.if(isLast(), storeOutput);
      run.set(sums, i32.add(sums, blocks * 2 * half));
      run.set(first, end);
    });
  };

  for (let at = 0; at < half; at += 16) run.do(v128.store(i32.const(tables + at), v128.zero()));
  run.set(inside, i32.add(weights, layout.weights.inside));
  repeat(run, strips, () => {
    if (height % stripRows > 0) run.if(i32.gtS(firstRow, height - stripRows), () => run.set(firstRow, height - stripRows));
    run.set(channel, x);
    run.set(first, weights);
    run.set(block, 0);
    run.doWhile(
      () => {
        fillBlock(run, shape, plan, layout, scratch, { block, firstRow, inside, channel });
        sumBlock();
        run.set(block, i32.add(block, 1));
      },
      () => i32.ltU(block, blocks),
    );
    run.set(firstRow, i32.add(firstRow, stripRows));
    run.set(inside, i32.add(inside, entryBytes));
  });
}

function tables4(weights: '1' | 'ternary', radix: Radix): ConvKernel {
  const planned = oncePerShape((shape) => planConvTables(shape, radix));
  // Nobody asks for more where `computes` says no.
  const planOf = (shape: ConvShape): ConvTablesPlan => planned(shape)!;
  const layoutOf = oncePerShape((shape) => convTablesLayout(shape, planOf(shape)));
  return {
    name: `conv2d_${weights}x1_i16__tables4`,
    op: 'conv2d',
    weights,
    activations: '1',
    accumulator: 'i16',
    summary: 'Tables of partial sums over a strip of the plane, 32 pixels on 4-bit lanes; every tap reads the same tables.',
    requires: ['simd'],
    computes: (shape) => depthOf(shape) <= depthLimit(weights, '1', 'i16') && planned(shape) !== undefined,
    // A single tap is the product's own affair; few pixels leave most of the 32 lanes unused.
    pays: ({ outputs, taps }, [height, width]) => taps[0] * taps[1] > 1 && outputs * taps[0] * taps[1] >= 8 && height * width >= 16,
    weightBytes: (shape) => layoutOf(shape).weights.bytes,
    scratchBytes: (shape) => layoutOf(shape).scratch.bytes,
    packWeights: (rows, shape) => packConvTables(unpackRows(rows, shape.outputs, depthOf(shape), weights), shape, planOf(shape)),
    modules: () => 1,
    build: (shape, target) => [buildFunction(target, PARAMETERS, (run) => build(run, shape, planOf(shape), target.scratch))],
    bind:
      (_shape, { weights: at, functions }) =>
      (x, xStride, y, yStride) =>
        functions[0]!(at, x, xStride, y, yStride),
  };
}

/** 1 bit × 1 bit. */
export const conv2d1x1I16Tables4 = tables4('1', 2);
/** Ternary × 1 bit. */
export const conv2dTernaryx1I16Tables4 = tables4('ternary', 3);
