/**
 * 1-bit × 1-bit by tables in memory ("four Russians") with 4-bit lanes.
 *
 * Frames lie on the lanes: a v128 holds 32 of them, frame j in the low and frame j + 16 in the high nibble of byte j. For
 * every group of g inputs all 2^g numbers of matches between possible weights and the frames' bits are written to a table,
 * one vector per entry; after that a row of weights costs one load and one addition per group:
 *
 *     T[0] = g − Σ x_i,   T[e | 1 << i] = T[e] + 2·x_i − 1,   matches = Σ over groups of T[weights of the group],   C = 2·matches − K
 *
 * Budgets that keep it exact: a nibble sums `merged` groups, merged·g <= 15; a byte sums one block of groups, groups·g <= 255;
 * offsets into the tables fit 16 bits. Weights: u16 offsets `[block][m][group]`; what fills a block points at a zero vector.
 * Prior art of the idea: Arlazarov et al. 1970; vector tables for low-bit inference: arXiv 2512.06443.
 */
import { i16x8, i32, i8x16, type Local, v128, type V128 } from '@bitvox/wasm';
import { rowBytes } from '../layout.ts';
import type { GemmShape } from './gemm-1x1.ts';
import { buildRun, type GemmKernel, type RunBuilder } from './kernel.ts';
import { entryOffset, planTables4, tableBytes, type Tables4Plan, tileRowBytes } from './tables4-plan.ts';
import { copyTile } from './tile.wasm.ts';

function packWeights(rows: Uint8Array, shape: GemmShape, plan: Tables4Plan): Uint8Array<ArrayBuffer> {
  const { m, k } = shape;
  const stride = rowBytes(k);
  const offsets = new Uint16Array(plan.blocks * m * plan.blockGroups);
  let at = 0;
  for (let block = 0; block < plan.blocks; block++) {
    for (let row = 0; row < m; row++) {
      for (let q = 0; q < plan.blockGroups; q++, at++) {
        const first = (block * plan.blockGroups + q) * plan.group;
        if (first >= k) continue;
        let entry = 0;
        for (let i = 0; i < plan.group && first + i < k; i++) {
          const column = first + i;
          entry |= ((rows[row * stride + (column >> 3)]! >> (column & 7)) & 1) << i;
        }
        offsets[at] = entryOffset(plan, q, entry);
      }
    }
  }
  // The engine's memory is little-endian, whatever the machine that packs.
  const bytes = new DataView(new ArrayBuffer(offsets.length * 2));
  offsets.forEach((offset, n) => bytes.setUint16(2 * n, offset, true));
  return new Uint8Array(bytes.buffer);
}

/** Emits the tables of one group of `inputs` rows at `table`; `from` moves on by as many rows. */
function buildTables(run: RunBuilder, plan: Tables4Plan, inputs: number, from: Local<'i32'>, table: Local<'i32'>, base: number, locals: TableLocals): void {
  const { xStride } = run.params;
  const { bits, steps, entries, highNibble, minusOnes, row } = locals;
  for (let r = 0; r < plan.vectors; r++) {
    run.set(row, from);
    for (let i = 0; i < inputs; i++) {
      const high = v128.and(i16x8.shl(v128.load(row, 32 * r + 16), 4), highNibble);
      run.set(bits[i]!, v128.or(v128.load(row, 32 * r), high));
      run.set(row, i32.add(row, xStride));
    }
    const nothing = entries[inputs]!;
    run.set(nothing, i8x16.constSplat(0x11 * inputs));
    for (let i = 0; i < inputs; i++) {
      run.set(nothing, i8x16.sub(nothing, bits[i]!));
      run.set(steps[i]!, i8x16.add(i8x16.add(bits[i]!, bits[i]!), minusOnes));
    }
    const fill = (input: number, entry: number, value: Local<'v128'>): void => {
      if (input < 0) {
        run.do(v128.store(table, value, base + entryOffset(plan, 0, entry) + 16 * r));
        return;
      }
      fill(input - 1, entry, value);
      run.set(entries[input]!, i8x16.add(value, steps[input]!));
      fill(input - 1, entry | (1 << input), entries[input]!);
    };
    fill(inputs - 1, 0, nothing);
  }
  run.set(from, row);
}

interface TableLocals {
  readonly bits: readonly Local<'v128'>[];
  readonly steps: readonly Local<'v128'>[];
  readonly entries: readonly Local<'v128'>[];
  readonly highNibble: Local<'v128'>;
  readonly minusOnes: Local<'v128'>;
  readonly row: Local<'i32'>;
}

function build(shape: GemmShape, plan: Tables4Plan, base: number, run: RunBuilder): void {
  const { m, k } = shape;
  const { weights, x, c, cStride, frames } = run.params;
  const { group, vectors, merged, turns, blockGroups, blocks } = plan;
  const width = 32 * vectors;
  const tile = base + tableBytes(plan);
  const address = (): Local<'i32'> => run.local('i32');
  const [first, from, table, index, rowEnd, out, outStart, outBytes] = [address(), address(), address(), address(), address(), address(), address(), address()];
  const [left, block, row, fullGroups] = [address(), address(), address(), address()];
  const offsets = run.locals('i32', merged);
  const locals: TableLocals = {
    bits: run.locals('v128', group),
    steps: run.locals('v128', group),
    entries: run.locals('v128', group + 1),
    highNibble: run.let(i8x16.constSplat(0xf0 - 256)),
    minusOnes: run.let(i8x16.constSplat(-0x11)),
    row: run.local('i32'),
  };
  const [all, high] = [run.locals('v128', vectors), run.locals('v128', vectors)];
  const [sum, lowNibble, low] = [run.local('v128'), run.let(i8x16.constSplat(15)), run.local('v128')];

  for (let r = 0; r < vectors; r++) run.do(v128.store(i32.const(base + 16 * r), v128.zero()));

  const blockTables = (): void => {
    run.set(table, 0);
    run.set(left, blockGroups);
    run.if(i32.gtS(left, fullGroups), () => run.set(left, fullGroups));
    run.set(fullGroups, i32.sub(fullGroups, left));
    run.while(
      () => left,
      () => {
        buildTables(run, plan, group, from, table, base, locals);
        run.set(table, i32.add(table, (16 * vectors) << group));
        run.set(left, i32.sub(left, 1));
      },
    );
    if (k % group > 0) {
      const rest = (): void => buildTables(run, plan, k % group, from, table, base, locals);
      if (blocks === 1) rest();
      else run.if(i32.eq(block, blocks - 1), rest);
    }
  };

  const sumRow = (): void => {
    for (const local of [...all, ...high]) run.set(local, v128.zero());
    run.set(rowEnd, i32.add(index, blockGroups * 2));
    run.doWhile(
      () => {
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
      },
      () => i32.ltU(index, rowEnd),
    );
  };

  const storeRow = (): void => {
    for (let r = 0; r < vectors; r++) {
      // all = Σ low + 16·Σ high modulo 256, and Σ low <= 255.
      run.set(low, i8x16.sub(all[r]!, v128.and(i16x8.shl(high[r]!, 4), locals.highNibble)));
      const quarters = [i16x8.extendLowI8x16U(low), i16x8.extendHighI8x16U(low), i16x8.extendLowI8x16U(high[r]!), i16x8.extendHighI8x16U(high[r]!)];
      const put = (value: V128, at: number): void => run.do(v128.store(out, value, at));
      const firstBlock = (): void => quarters.forEach((matches, n) => put(i16x8.sub(i16x8.shl(matches, 1), i16x8.constSplat(k)), 64 * r + 16 * n));
      const laterBlock = (): void => quarters.forEach((matches, n) => put(i16x8.add(i16x8.shl(matches, 1), v128.load(out, 64 * r + 16 * n)), 64 * r + 16 * n));
      if (blocks === 1) firstBlock();
      else run.if(block, laterBlock, firstBlock);
    }
  };

  run.doWhile(
    () => {
      run.if(
        i32.geS(frames, width),
        () => {
          // The last tile moves back to end with the last frame: what it shares with the one before is computed twice, alike.
          run.if(i32.gtS(i32.add(first, width), frames), () => run.set(first, i32.sub(frames, width)));
          run.set(outStart, i32.add(c, i32.shl(first, 1)));
          run.set(outBytes, i32.shl(cStride, 1));
        },
        () => {
          run.set(outStart, tile);
          run.set(outBytes, tileRowBytes(plan));
        },
      );
      run.set(from, i32.add(x, first));
      run.set(index, weights);
      run.set(fullGroups, Math.floor(k / group));
      run.set(block, 0);
      run.doWhile(
        () => {
          blockTables();
          run.set(out, outStart);
          run.set(row, m);
          run.doWhile(
            () => {
              sumRow();
              storeRow();
              run.set(out, i32.add(out, outBytes));
              run.set(row, i32.sub(row, 1));
            },
            () => row,
          );
          run.set(block, i32.add(block, 1));
        },
        () => i32.ltU(block, blocks),
      );
      run.set(first, i32.add(first, width));
    },
    () => i32.ltS(first, frames),
  );
  run.if(i32.ltS(frames, width), () =>
    copyTile(run, { from: tile, fromBytes: tileRowBytes(plan), to: c, toElements: cStride, rows: m, columns: frames, most: width - 1 }),
  );
}

/** The kernel with a way to plan; other plans are for measuring. */
export function tables4(planFor: (shape: GemmShape) => Tables4Plan): GemmKernel {
  return {
    name: 'gemm_1x1_i16__tables4',
    op: 'gemm',
    weights: '1',
    activations: '1',
    accumulator: 'i16',
    summary: 'Tables of partial sums in memory with 32 frames on 4-bit lanes; one load and one addition per group of weights.',
    requires: ['simd'],
    limits: { k: 32767 },
    // Fewer rows do not pay for the tables they share; fewer frames leave most of the 32 lanes unused.
    pays: { m: 24, t: 10 },
    weightBytes: (shape) => {
      const { blocks, blockGroups } = planFor(shape);
      return blocks * blockGroups * shape.m * 2;
    },
    scratchBytes: (shape) => tableBytes(planFor(shape)) + shape.m * tileRowBytes(planFor(shape)),
    packWeights: (rows, shape) => packWeights(rows, shape, planFor(shape)),
    build: (shape, target) => buildRun(target, (run) => build(shape, planFor(shape), target.scratch, run)),
  };
}

/** Sums kept in 16 bits: K <= 32767. */
export const gemm1x1I16Tables4 = tables4(planTables4);
