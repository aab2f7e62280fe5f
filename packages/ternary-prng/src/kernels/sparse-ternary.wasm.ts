/**
 * y = R x for balanced rows that are drawn on the fly: `sparse_tprngxf32_f32__indices` and `sparse_tprngxi16_i16__indices`.
 *
 * A block of rows is drawn into index lists that stay in the first-level cache, then summed over all frames in tiles, then forgotten.
 * Nothing else of the matrix is ever in memory, and the module holds no multiplication, not even for addresses.
 * Invariant: bit for bit `applyTernary`; writes the outputs and the scratch, nothing else.
 */
import { i32, ModuleBuilder, memory } from '@bitvox/wasm';
import { TernaryPrngError } from '../errors.ts';
import { planTernary, type TernaryMatrixSpec, type TernaryPlan } from '../spec.ts';
import { emitDrawBalanced, LIST_SLACK, tableBytes } from './draw-balanced.wasm.ts';
import { ELEMENT_SHIFT, emitSumRows, type TernaryElement } from './sum-rows.wasm.ts';

/** What may be tuned; results do not depend on it. */
const TUNING = {
  /** Bytes of index lists of a block of rows: more rows reuse a tile of inputs while it is in the first-level cache. */
  listBytes: 4096,
  /** Vectors of a tile, widest first, the last one 1. */
  tileVectors: [8, 4, 1],
} as const;

const VECTOR_BYTES = 16;

function planBalanced(spec: TernaryMatrixSpec): TernaryPlan {
  const plan = planTernary(spec);
  if (plan.generator !== 'balanced') throw new TernaryPrngError('TERNARY_PRNG_KERNEL', plan.generator);
  return plan;
}

const rowsPerBlock = (plan: TernaryPlan): number => Math.max(1, Math.min(plan.rows, Math.floor(TUNING.listBytes / (8 * plan.pairs))));

/**
 * Bytes of scratch memory that the kernel of a spec needs, at an address that is a multiple of 4.
 * @throws TernaryPrngError TERNARY_PRNG_SPEC, TERNARY_PRNG_KERNEL
 */
export function ternaryScratchBytes(spec: TernaryMatrixSpec): number {
  const plan = planBalanced(spec);
  return 2 * tableBytes(plan.columns) + 8 * plan.pairs * rowsPerBlock(plan) + 4 * LIST_SLACK;
}

/**
 * The module of a spec. It imports `env.memory` and exports `apply(x, y, frames, stride, scratch)`: addresses of the inputs [columns],
 * the outputs [rows] and the scratch; frames to compute, at least 1; bytes from a channel to the next, the same for inputs and outputs.
 * Inputs and outputs must not overlap. Strides that are a power of two make channels fall into the same cache sets.
 *
 * @throws TernaryPrngError TERNARY_PRNG_SPEC, TERNARY_PRNG_KERNEL
 */
export function ternaryKernel(spec: TernaryMatrixSpec, element: TernaryElement): Uint8Array<ArrayBuffer> {
  const plan = planBalanced(spec);
  const module = new ModuleBuilder({ from: 'import' });
  const f = module.function('apply', { x: 'i32', y: 'i32', frames: 'i32', stride: 'i32', scratch: 'i32' });
  const { x, y, frames, stride, scratch } = f.params;
  const drawRow = emitDrawBalanced(module, plan);
  const sums = TUNING.tileVectors.map((vectors) => ({ bytes: vectors * VECTOR_BYTES, sum: emitSumRows(module, element, plan.pairs, vectors) }));
  const sumVector = sums.at(-1)!.sum;
  const sumFrame = emitSumRows(module, element, plan.pairs, 0);
  const [row, blockEnd, list, at, nextY] = f.locals('i32', 5);
  const table = tableBytes(plan.columns);
  const rowBytes = f.let(i32.shl(frames, ELEMENT_SHIFT[element]));
  const lists = f.let(i32.add(scratch, 2 * table));

  f.do(memory.fill(scratch, 0xff, table));
  f.set(list, i32.add(scratch, table));
  const columnsEnd = f.let(i32.add(list, 4 * plan.columns));
  f.doWhile(
    () => {
      f.do(i32.store(list, at));
      f.set(at, i32.add(at, stride));
      f.set(list, i32.add(list, 4));
    },
    () => i32.ltU(list, columnsEnd),
  );

  f.doWhile(
    () => {
      f.set(list, lists);
      f.set(nextY, y);
      f.set(blockEnd, i32.add(row, rowsPerBlock(plan)));
      f.if(i32.gtU(blockEnd, plan.rows), () => f.set(blockEnd, plan.rows));
      f.doWhile(
        () => {
          f.do(module.call(drawRow, { row, list, tables: scratch }));
          f.set(list, i32.add(list, 8 * plan.pairs));
          f.set(nextY, i32.add(nextY, stride));
          f.set(row, i32.add(row, 1));
        },
        () => i32.ltU(row, blockEnd),
      );
      f.set(at, 0);
      const tile = (sum: typeof sumFrame): void => f.do(module.call(sum, { list: lists, end: list, x: i32.add(x, at), y: i32.add(y, at), stride }));
      for (const { bytes, sum } of sums) {
        f.while(
          () => i32.leU(i32.add(at, bytes), rowBytes),
          () => {
            tile(sum);
            f.set(at, i32.add(at, bytes));
          },
        );
      }
      f.if(i32.ltU(at, rowBytes), () =>
        f.if(
          i32.geU(rowBytes, VECTOR_BYTES),
          () => {
            // The last vector ends with the last frame; frames that it has in common with the one before get the same sums again.
            f.set(at, i32.sub(rowBytes, VECTOR_BYTES));
            tile(sumVector);
          },
          () =>
            f.doWhile(
              () => {
                tile(sumFrame);
                f.set(at, i32.add(at, 1 << ELEMENT_SHIFT[element]));
              },
              () => i32.ltU(at, rowBytes),
            ),
        ),
      );
      f.set(y, nextY);
    },
    () => i32.ltU(row, plan.rows),
  );
  return module.build();
}
