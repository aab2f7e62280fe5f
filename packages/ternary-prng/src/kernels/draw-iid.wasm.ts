/**
 * Draws independent entries inside WebAssembly: the definition of `generators/iid.ts`, 32 columns of four rows in one vector.
 *
 * Words of a block of columns: the four rows' masks of +1, then their masks of -1. Lists take the bits of the masks from the lowest up.
 */
import { i32, i32x4, type Local, type ModuleBuilder, v128 } from '@bitvox/wasm';
import { BLOCK_COLUMNS, BLOCK_COUNTERS } from '../generators/iid.ts';
import { DENSITY_UNITS, type TernaryPlan } from '../spec.ts';
import { CANDIDATE_SHIFT, declarePick, laneOffset, LIST_HEAD, OFFSET_AT, type RowDraw } from './row-draw.ts';
import { BLOCK_BYTES, emitThreefryRows, WORD_STRIDE } from './threefry-rows.wasm.ts';

export function drawIid(module: ModuleBuilder, plan: TernaryPlan): RowDraw {
  const blocks = Math.ceil(plan.columns / BLOCK_COLUMNS);
  return {
    wordBytes: blocks * BLOCK_BYTES,
    listBytes: LIST_HEAD + 4 * (plan.columns + 1),
    marks: { column: 0, other: 0 },
    fill: emitFill(module, plan, blocks),
    pick: emitPick(module, blocks),
  };
}

function emitFill(module: ModuleBuilder, plan: TernaryPlan, blocks: number): RowDraw['fill'] {
  const threefryRows = emitThreefryRows(module, plan);
  const f = module.function('fill', { row: 'i32', words: 'i32' }, { exported: false });
  const { row, words } = f.params;
  const [below, undecided, signs, digit] = f.locals('v128', 4);
  const [counter, first, digits] = f.locals('i32', 3);
  const lastColumns = plan.columns - (blocks - 1) * BLOCK_COLUMNS;
  const always = plan.threshold === DENSITY_UNITS;

  /** The plane at a word of the block, and the digit of the threshold that goes with it. */
  const compare = (word: 0 | 1): void => {
    f.set(digit, i32x4.splat(i32.shrS(digits, 31)));
    f.set(digits, i32.shl(digits, 1));
    f.set(below, v128.or(below, v128.and(v128.andnot(undecided, v128.load(words, word * WORD_STRIDE)), digit)));
    f.set(undecided, v128.andnot(undecided, v128.xor(v128.load(words, word * WORD_STRIDE), digit)));
  };
  const drawCounter = (): void => f.do(module.call(threefryRows, { row, counter, end: 0, to: words }));

  f.doWhile(
    () => {
      f.set(undecided, i32x4.constSplat(-1));
      f.if(i32.eq(first, (blocks - 1) * BLOCK_COUNTERS), () => f.set(undecided, i32x4.constSplat(-1 >>> (BLOCK_COLUMNS - lastColumns))));
      f.set(below, always ? undecided : v128.zero());
      f.set(counter, first);
      drawCounter();
      f.set(signs, v128.load(words));
      if (!always) {
        f.set(digits, (plan.threshold << 1) | 0);
        compare(1);
        f.while(
          () => i32.and(v128.anyTrue(undecided), i32.ne(digits, 0)),
          () => {
            f.set(counter, i32.add(counter, 1));
            drawCounter();
            compare(0);
            compare(1);
          },
        );
      }
      f.do(v128.store(words, v128.and(below, signs)));
      f.do(v128.store(words, v128.andnot(below, signs), WORD_STRIDE));
      f.set(words, i32.add(words, BLOCK_BYTES));
      f.set(first, i32.add(first, BLOCK_COUNTERS));
    },
    () => i32.ltU(first, blocks * BLOCK_COUNTERS),
  );
  return f;
}

function emitPick(module: ModuleBuilder, blocks: number): RowDraw['pick'] {
  const f = declarePick(module);
  const { row, words, list, table } = f.params;
  const head = f.let(list);
  const [at, end, mask, entries] = f.locals('i32', 4);
  f.set(words, i32.add(words, laneOffset(row)));
  f.set(list, i32.add(list, LIST_HEAD));

  const takeBits = (sign: 0 | 1): void => {
    f.set(at, words);
    f.set(end, i32.add(words, blocks * BLOCK_BYTES));
    f.set(entries, table);
    f.doWhile(
      () => {
        f.set(mask, i32.load(at, sign * WORD_STRIDE));
        f.if(mask, () => takeBitsOfMask(mask));
        f.set(entries, i32.add(entries, BLOCK_COLUMNS << CANDIDATE_SHIFT));
        f.set(at, i32.add(at, BLOCK_BYTES));
      },
      () => i32.ltU(at, end),
    );
    f.do(i32.store(head, list, 4 * sign));
  };
  const takeBitsOfMask = (bits: Local<'i32'>): void =>
    f.doWhile(
      () => {
        f.do(i32.store(list, i32.load(i32.add(entries, i32.shl(i32.ctz(bits), CANDIDATE_SHIFT)), OFFSET_AT)));
        f.set(list, i32.add(list, 4));
        f.set(bits, i32.and(bits, i32.sub(bits, 1)));
      },
      () => bits,
    );
  takeBits(0);
  takeBits(1);
  f.return(list);
  return f;
}
