/**
 * 1-bit × 1-bit by tables in registers, outputs on the lanes: the product for single frames.
 *
 * For every group of four inputs a frame makes a table of 16 bytes, entry e = how many of the four bits of e match the frame's;
 * there are only 16 such tables, which lie with the weights. A byte of weights is an index into it, so one byte swizzle looks
 * up four products of sixteen rows,
 *
 *     C = 2·Σ T[w] − K
 *
 * Weights: 256 bytes of tables, then `[chunk][m / rows][group][rows]` indices; at twice the bits of the weights no shift and mask
 * stands before a swizzle. A chunk is what bytes can sum: 63 groups, 63·4 <= 255; it is widened into 16-bit sums of all rows.
 */
import { type Capability, type Expr, i16x8, i32, i8x16, type Local, v128, type V128 } from '@bitvox/wasm';
import { unpackRows } from '../pack-rows.ts';
import type { GemmShape } from './gemm-1x1.ts';
import { buildRun, type GemmKernel, roundUp, type RunBuilder } from './kernel.ts';
import { storeColumn } from './single-column.wasm.ts';

/** Inputs of a group: 2^4 entries are the bytes of a vector. */
const GROUP = 4;
/** Groups after which a byte of counts could overflow. */
const CHUNK = 63;
/** Most vectors of rows whose sums stay in registers together. */
const VECTORS = 4;
/** The tables of all possible groups of a frame, 16 bytes each. */
const TABLE_BYTES = 256;

const groupsOf = (k: number): number => Math.ceil(k / GROUP);
/** Vectors of 16 rows computed together: as many as leave the fewest rows unused. */
const vectorsOf = (m: number): number => [4, 3, 2, 1].reduce((best, n) => (roundUp(m, 16 * n) < roundUp(m, 16 * best) ? n : best), VECTORS);
const paddedRows = (m: number): number => roundUp(m, 16 * vectorsOf(m));
/** Groups of a chunk: equal chunks, the last one perhaps shorter. */
const chunkGroups = (k: number): number => Math.ceil(groupsOf(k) / Math.ceil(groupsOf(k) / CHUNK));
const weightBytes = ({ m, k }: GemmShape): number => TABLE_BYTES + paddedRows(m) * groupsOf(k);

function packWeights(signs: Int8Array, shape: GemmShape): Uint8Array<ArrayBuffer> {
  const { m, k } = shape;
  const bytes = new Uint8Array(weightBytes(shape));
  for (let bits = 0; bits < 16; bits++) {
    for (let entry = 0; entry < 16; entry++) bytes[16 * bits + entry] = [0, 1, 2, 3].filter((i) => ((bits ^ entry) >> i) % 2 === 0).length;
  }
  const rows = 16 * vectorsOf(m);
  const inChunk = chunkGroups(k);
  for (let row = 0; row < m; row++) {
    for (let depth = 0; depth < k; depth++) {
      if (signs[row * k + depth]! < 0) continue;
      const group = Math.floor(depth / GROUP);
      const chunk = Math.floor(group / inChunk);
      const groups = Math.min(inChunk, groupsOf(k) - chunk * inChunk);
      const at = paddedRows(m) * chunk * inChunk + (Math.floor(row / rows) * groups + (group % inChunk)) * rows + (row % rows);
      bytes[TABLE_BYTES + at]! |= 1 << (depth % GROUP);
    }
  }
  return bytes;
}

/** 16 times the bits of `inputs` rows of the frame at `from`, the offset of their table. A missing row counts as 0. */
function tableOffset(run: RunBuilder, from: Local<'i32'>, inputs: number, isContiguous: boolean): Expr<'i32'> {
  // The product brings bit 0 of byte i to bit 28 + i: no two of the partial products meet.
  if (isContiguous && inputs === GROUP) return i32.and(i32.shrU(i32.mul(i32.load(from), 0x1020_4080), 24), 0xf0);
  const [at, bits] = [run.let<'i32'>(from), run.let(i32.const(0))];
  for (let i = 0; i < inputs; i++) {
    run.set(bits, i32.or(bits, i32.shl(i32.load8U(at), 4 + i)));
    run.set(at, i32.add(at, run.params.xStride));
  }
  return bits;
}

type Swizzle = (table: V128, indices: V128) => V128;

function build({ m, k }: GemmShape, swizzle: Swizzle, scratch: number, run: RunBuilder): void {
  const { weights, x, xStride, c, frames } = run.params;
  const vectors = vectorsOf(m);
  const [groups, chunkBytes] = [groupsOf(k), 16 * chunkGroups(k)];
  // The tables of the frame, then its sums.
  const tablesEnd = scratch + 16 * groups;
  const sumsEnd = tablesEnd + 2 * paddedRows(m);
  const counts = run.locals('v128', vectors);
  const table = run.local('v128');
  const [frame, column, rowBytes] = [run.let<'i32'>(x), run.let<'i32'>(c), run.let(i32.shl(xStride, 2))];
  const [from, to, index, entry] = run.locals('i32', 4);
  const [first, end, sum] = run.locals('i32', 3);

  const buildTables = (isContiguous: boolean): void => {
    const storeTable = (inputs: number): void => {
      const offset = tableOffset(run, from, inputs, isContiguous);
      run.do(v128.store(to, v128.load(i32.add(weights, offset))));
    };
    run.set(from, frame);
    run.set(to, scratch);
    if (k >= GROUP) {
      run.doWhile(
        () => {
          storeTable(GROUP);
          run.set(from, i32.add(from, rowBytes));
          run.set(to, i32.add(to, 16));
        },
        () => i32.ltU(to, scratch + 16 * Math.floor(k / GROUP)),
      );
    }
    if (k % GROUP > 0) storeTable(k % GROUP);
  };

  const sumRows = (): void => {
    for (const count of counts) run.set(count, v128.zero());
    run.set(entry, first);
    run.doWhile(
      () => {
        run.set(table, v128.load(entry));
        counts.forEach((count, n) => run.set(count, i8x16.add(count, swizzle(table, v128.load(index, 16 * n)))));
        run.set(index, i32.add(index, 16 * vectors));
        run.set(entry, i32.add(entry, 16));
      },
      () => i32.ltU(entry, end),
    );
    counts
      .flatMap((count) => [i16x8.extendLowI8x16U(count), i16x8.extendHighI8x16U(count)])
      .forEach((half, n) => run.do(v128.store(sum, i16x8.add(v128.load(sum, 16 * n), i16x8.add(half, half)), 16 * n)));
    run.set(sum, i32.add(sum, 32 * vectors));
  };

  const sumFrame = (): void => {
    run.if(
      i32.eq(xStride, 1),
      () => buildTables(true),
      () => buildTables(false),
    );
    run.set(sum, tablesEnd);
    run.doWhile(
      () => {
        // Inputs that fill the last group are 0 on both sides, so they match.
        run.do(v128.store(sum, i16x8.constSplat(k - 2 * GROUP * groups)));
        run.set(sum, i32.add(sum, 16));
      },
      () => i32.ltU(sum, sumsEnd),
    );
    run.set(index, i32.add(weights, TABLE_BYTES));
    run.set(first, scratch);
    run.doWhile(
      () => {
        run.set(end, i32.add(first, chunkBytes));
        run.if(i32.gtU(end, tablesEnd), () => run.set(end, tablesEnd));
        run.set(sum, tablesEnd);
        run.doWhile(sumRows, () => i32.ltU(sum, sumsEnd));
        run.set(first, end);
      },
      () => i32.ltU(first, tablesEnd),
    );
    storeColumn(run, { from: tablesEnd, rows: m, elementShift: 1, resultShift: 1, to: column });
  };

  run.doWhile(
    () => {
      sumFrame();
      run.set(frame, i32.add(frame, 1));
      run.set(column, i32.add(column, 2));
      run.set(frames, i32.sub(frames, 1));
    },
    () => frames,
  );
}

const kernel = (implementation: string, requires: Capability, swizzle: Swizzle): GemmKernel => ({
  name: `gemm_1x1_i16__${implementation}`,
  op: 'gemm',
  weights: '1',
  activations: '1',
  accumulator: 'i16',
  summary: `Tables of four inputs in registers, looked up for 64 rows at a time by ${requires === 'simd' ? 'byte swizzles' : 'relaxed byte swizzles'}; one frame after the other.`,
  requires: [requires],
  limits: { k: 32767 },
  pays: { m: 16, t: 1 },
  // Of a clip, inputs and results are taken and stored one by one.
  steps: ({ m, k, t }) => ({
    [requires === 'simd' ? 'swizzle' : 'relaxedSwizzle']: (paddedRows(m) / 16) * groupsOf(k) * t,
    vector: t === 1 ? 2 * groupsOf(k) + m / 4 : (9 * groupsOf(k) + 2 * m) * t,
  }),
  weightBytes,
  scratchBytes: ({ m, k }) => 16 * groupsOf(k) + 2 * paddedRows(m),
  packWeights: (rows, shape) => packWeights(unpackRows(rows, shape.m, shape.k, '1'), shape),
  build: (shape, target) => buildRun(target, (run) => build(shape, swizzle, target.scratch, run)),
});

/** Indices beyond 15 do not occur, so that both swizzles give the same. */
export const gemm1x1I16Swizzle = kernel('swizzle', 'simd', i8x16.swizzle);
/** One instruction less where the engine may skip what happens to larger indices. */
export const gemm1x1I16RelaxedSwizzle = kernel('relaxedswizzle', 'relaxedSimd', i8x16.relaxedSwizzle);
