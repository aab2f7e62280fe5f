/**
 * y = R x, and x = Rᵀ y, for rows that are drawn on the fly: `sparse_tprngxf32_f32__indices` and `sparse_tprngxi16_i16__indices`.
 *
 * A block of rows is drawn into index lists that stay in the first-level cache, then summed over all frames in tiles, then forgotten.
 * Nothing else of the matrix is ever in memory, and the module holds no multiplication, not even for addresses. On demand all rows are one
 * block, which is not forgotten: then only the first call draws.
 * Invariant: bit for bit `applyTernary`; writes the outputs and the scratch, nothing else.
 */
import { type Expr, i32, memory, ModuleBuilder } from '@bitvox/wasm';
import { emitBlockSums } from './block-sums.wasm.ts';
import { planTernary, type TernaryMatrixSpec } from '../spec.ts';
import { drawRows } from './draw-rows.ts';
import { ELEMENT_SHIFT, type TernaryElement } from './lanes.ts';
import { emitTable, type RowDraw, tableBytes } from './row-draw.ts';
import type { TernaryDirection } from './row-sums.wasm.ts';

/** Bytes of index lists of a block of rows: more rows reuse a tile of inputs while it is in the first-level cache. Results do not depend on it. */
const LIST_BYTES = 16384;

/** Bytes before everything else where lists are kept: the stride that they were drawn for, and their end. */
const KEPT_HEAD = 16;

/** A block ends with the row that fills it, unless all are kept. */
const blockBytes = ({ listBytes }: RowDraw, rows: number, keepsLists: boolean): number =>
  keepsLists ? rows * listBytes : Math.min(rows * listBytes, LIST_BYTES + listBytes);

/**
 * Bytes of scratch memory that the kernel of a spec needs, at an address that is a multiple of 4; multiples of 16 are faster.
 * @param keepsLists as for the kernel @throws TernaryPrngError TERNARY_PRNG_SPEC
 */
export function ternaryScratchBytes(spec: TernaryMatrixSpec, keepsLists = false): number {
  const plan = planTernary(spec);
  const rowDraw = drawRows(new ModuleBuilder(), plan);
  return (keepsLists ? KEPT_HEAD : 0) + rowDraw.wordBytes + tableBytes(plan) + blockBytes(rowDraw, plan.rows, keepsLists);
}

/**
 * The module of a spec. It imports `env.memory` and exports `apply(x, y, frames, stride, scratch)`: addresses of x [columns], of y [rows] and of
 * the scratch; frames to compute, at least 1; bytes from a channel to the next, the same for x and y. Forward it reads x and writes y,
 * transposed it reads y and writes x. They must not overlap. Strides that are a power of two make channels fall into the same cache sets.
 *
 * @param keepsLists leaves the lists of all rows in the scratch, for later calls of this kernel and of the other direction with the same stride;
 *   the scratch must be zero before the first of them
 * @throws TernaryPrngError TERNARY_PRNG_SPEC
 */
export function ternaryKernel(
  spec: TernaryMatrixSpec,
  element: TernaryElement,
  direction: TernaryDirection = 'forward',
  keepsLists = false,
): Uint8Array<ArrayBuffer> {
  const plan = planTernary(spec);
  const module = new ModuleBuilder({ from: 'import' });
  const rowDraw = drawRows(module, plan);
  const blockSums = emitBlockSums(module, element, direction);
  const f = module.function('apply', { x: 'i32', y: 'i32', frames: 'i32', stride: 'i32', scratch: 'i32' });
  const { x, y, frames, stride, scratch } = f.params;
  const words = f.let(i32.add(scratch, keepsLists ? KEPT_HEAD : 0));
  const table = f.let(i32.add(words, rowDraw.wordBytes));
  const lists = f.let(i32.add(table, tableBytes(plan)));
  const full = f.let(i32.add(lists, Math.max(0, blockBytes(rowDraw, plan.rows, keepsLists) - rowDraw.listBytes)));
  const rowBytes = f.let(i32.shl(frames, ELEMENT_SHIFT[element]));
  const [row, list, nextY] = f.locals('i32', 3);

  if (direction === 'transposed') {
    f.set(list, x);
    f.set(row, plan.columns);
    f.doWhile(
      () => {
        f.do(memory.fill(list, 0, rowBytes));
        f.set(list, i32.add(list, stride));
        f.set(row, i32.sub(row, 1));
      },
      () => row,
    );
  }
  const drawBlock = (): void => {
    f.set(list, lists);
    f.doWhile(
      () => {
        f.if(i32.eqz(i32.and(row, 3)), () => f.do(module.call(rowDraw.fill, { row, words })));
        f.set(list, module.call(rowDraw.pick, { row, words, list, table }));
        f.set(nextY, i32.add(nextY, stride));
        f.set(row, i32.add(row, 1));
      },
      () => i32.and(i32.ltU(row, plan.rows), i32.leU(list, full)),
    );
  };
  const sumBlock = (end: Expr<'i32'>): void => f.do(module.call(blockSums, { list: lists, end, x, y, rowBytes, stride }));

  if (keepsLists) {
    f.if(i32.ne(i32.load(scratch), stride), () => {
      emitTable(f, plan, rowDraw.marks, table, stride);
      drawBlock();
      f.do(i32.store(scratch, stride));
      f.do(i32.store(scratch, list, 4));
    });
    sumBlock(i32.load(scratch, 4));
    return module.build();
  }
  emitTable(f, plan, rowDraw.marks, table, stride);
  f.doWhile(
    () => {
      f.set(nextY, y);
      drawBlock();
      sumBlock(list);
      f.set(y, nextY);
    },
    () => i32.ltU(row, plan.rows),
  );
  return module.build();
}
