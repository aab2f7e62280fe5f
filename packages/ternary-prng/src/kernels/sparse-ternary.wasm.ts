/**
 * y = R x for rows that are drawn on the fly: `sparse_tprngxf32_f32__indices` and `sparse_tprngxi16_i16__indices`.
 *
 * A block of rows is drawn into index lists that stay in the first-level cache, then summed over all frames in tiles, then forgotten.
 * Nothing else of the matrix is ever in memory, and the module holds no multiplication, not even for addresses.
 * Invariant: bit for bit `applyTernary`; writes the outputs and the scratch, nothing else.
 */
import { type FunctionBuilder, i32, ModuleBuilder } from '@bitvox/wasm';
import { planTernary, type TernaryGenerator, type TernaryMatrixSpec, type TernaryPlan } from '../spec.ts';
import { drawBalanced } from './draw-balanced.wasm.ts';
import { drawIid } from './draw-iid.wasm.ts';
import { drawLowDiscrepancy } from './draw-low-discrepancy.wasm.ts';
import { emitTable, type RowDraw, tableBytes } from './row-draw.ts';
import { ELEMENT_SHIFT, emitSumRows, type SumRows, type TernaryElement } from './sum-rows.wasm.ts';

/** What may be tuned; results do not depend on it. */
const TUNING = {
  /** Bytes of index lists of a block of rows: more rows reuse a tile of inputs while it is in the first-level cache. */
  listBytes: 16384,
  /** Vectors of a tile, widest first, the last one 1. With as many loads, six sums are what fits 16 registers without spilling. */
  tileVectors: [6, 4, 2, 1],
} as const;

const VECTOR_BYTES = 16;

const DRAWS: Readonly<Record<TernaryGenerator, (module: ModuleBuilder, plan: TernaryPlan) => RowDraw>> = {
  iid: drawIid,
  balanced: drawBalanced,
  'low-discrepancy': drawLowDiscrepancy,
};

const draw = (module: ModuleBuilder, plan: TernaryPlan): RowDraw => DRAWS[plan.generator](module, plan);

/** A block ends with the row that fills it. */
const blockBytes = ({ listBytes }: RowDraw, rows: number): number => Math.min(rows * listBytes, TUNING.listBytes + listBytes);

/**
 * Bytes of scratch memory that the kernel of a spec needs, at an address that is a multiple of 4; multiples of 16 are faster.
 * @throws TernaryPrngError TERNARY_PRNG_SPEC
 */
export function ternaryScratchBytes(spec: TernaryMatrixSpec): number {
  const plan = planTernary(spec);
  const rowDraw = draw(new ModuleBuilder(), plan);
  return rowDraw.wordBytes + tableBytes(plan) + blockBytes(rowDraw, plan.rows);
}

/**
 * The module of a spec. It imports `env.memory` and exports `apply(x, y, frames, stride, scratch)`: addresses of the inputs [columns],
 * the outputs [rows] and the scratch; frames to compute, at least 1; bytes from a channel to the next, the same for inputs and outputs.
 * Inputs and outputs must not overlap. Strides that are a power of two make channels fall into the same cache sets.
 *
 * @throws TernaryPrngError TERNARY_PRNG_SPEC
 */
export function ternaryKernel(spec: TernaryMatrixSpec, element: TernaryElement): Uint8Array<ArrayBuffer> {
  const plan = planTernary(spec);
  const module = new ModuleBuilder({ from: 'import' });
  const rowDraw = draw(module, plan);
  const sumBlock = emitSumBlock(module, element);
  const f = module.function('apply', { x: 'i32', y: 'i32', frames: 'i32', stride: 'i32', scratch: 'i32' });
  const { x, y, frames, stride, scratch: words } = f.params;
  const table = f.let(i32.add(words, rowDraw.wordBytes));
  const lists = f.let(i32.add(table, tableBytes(plan)));
  const full = f.let(i32.add(lists, Math.max(0, blockBytes(rowDraw, plan.rows) - rowDraw.listBytes)));
  const rowBytes = f.let(i32.shl(frames, ELEMENT_SHIFT[element]));
  const [row, list, nextY] = f.locals('i32', 3);

  emitTable(f, plan, rowDraw.marks, table, stride);
  f.doWhile(
    () => {
      f.set(list, lists);
      f.set(nextY, y);
      f.doWhile(
        () => {
          f.if(i32.eqz(i32.and(row, 3)), () => f.do(module.call(rowDraw.fill, { row, words })));
          f.set(list, module.call(rowDraw.pick, { row, words, list, table }));
          f.set(nextY, i32.add(nextY, stride));
          f.set(row, i32.add(row, 1));
        },
        () => i32.and(i32.ltU(row, plan.rows), i32.leU(list, full)),
      );
      f.do(module.call(sumBlock, { list: lists, end: list, x, y, rowBytes, stride }));
      f.set(y, nextY);
    },
    () => i32.ltU(row, plan.rows),
  );
  return module.build();
}

type SumBlock = FunctionBuilder<{ readonly rowBytes: 'i32' } & SumRows['signature'], 'void'>;

/** Declares `sumBlock(list, end, x, y, rowBytes, stride)`: the rows of a block over all frames, in tiles. */
function emitSumBlock(module: ModuleBuilder, element: TernaryElement): SumBlock {
  const sums = TUNING.tileVectors.map((vectors) => ({ bytes: vectors * VECTOR_BYTES, sum: emitSumRows(module, element, vectors) }));
  const sumVector = sums.at(-1)!.sum;
  const sumFrame = emitSumRows(module, element, 0);
  const f = module.function('sumBlock', { list: 'i32', end: 'i32', x: 'i32', y: 'i32', rowBytes: 'i32', stride: 'i32' }, { exported: false });
  const { list, end, x, y, rowBytes, stride } = f.params;
  const at = f.local('i32');
  const tile = (sum: SumRows): void => f.do(module.call(sum, { list, end, x: i32.add(x, at), y: i32.add(y, at), stride }));

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
  return f;
}
