/**
 * Draws low-discrepancy rows inside WebAssembly: the definition of `generators/low-discrepancy.ts`.
 *
 * What turns add is the same for all rows: it is scrambled once, before the first row, for twice the number of turns there are, so that no
 * row has to wrap around. Words: for four rows the second coordinate of their points, then the byte offsets of their first turns, then the turns.
 * The mark of a candidate is 4 if it is a column, 0 if not: what the list grows by.
 */
import { i32, i32x4, type Local, type ModuleBuilder, v128, type V128 } from '@bitvox/wasm';
import { coordinateShift, SCRAMBLE_SHIFTS, type ScrambleKeys, scrambleKeys } from '../generators/low-discrepancy.ts';
import { columnMask, sideBits, type TernaryPlan } from '../spec.ts';
import { CANDIDATE_SHIFT, declarePick, emitBalancedHead, laneOffset, LIST_HEAD, OFFSET_AT, type RowDraw } from './row-draw.ts';

const FIRST_TURNS_AT = 16;
const TURNS_AT = 32;
const LANES = [0, 1, 2, 3];

const turnBytes = ({ columns }: TernaryPlan): number => 8 * Math.max(4, columnMask(columns) + 1);

export function drawLowDiscrepancy(module: ModuleBuilder, plan: TernaryPlan): RowDraw {
  return {
    wordBytes: TURNS_AT + turnBytes(plan),
    listBytes: LIST_HEAD + 8 * plan.pairs + 4,
    marks: { column: 4, other: 0 },
    fill: emitFill(module, plan),
    pick: emitPick(module, plan),
  };
}

/** A multiple by a constant, as a sum of shifts. */
const multiple = (value: Local<'v128'>, factor: number): V128 =>
  Array.from({ length: 32 }, (_, bit) => bit)
    .filter((bit) => ((factor >>> bit) & 1) === 1)
    .map((bit) => i32x4.shl(value, bit))
    .reduce((sum, term) => i32x4.add(sum, term));

function emitFill(module: ModuleBuilder, plan: TernaryPlan): RowDraw['fill'] {
  const f = module.function('fill', { row: 'i32', words: 'i32' }, { exported: false });
  const { row, words } = f.params;
  const keys = scrambleKeys(plan);
  const mask = columnMask(plan.columns);
  const [bits, columnBits] = [sideBits(plan.rows), sideBits(plan.columns)];
  const [value, point, coordinate] = f.locals('v128', 3);
  const [at, left] = f.locals('i32', 2);

  const scramble = (to: Local<'v128'>, scrambling: ScrambleKeys, kept: number): void => {
    SCRAMBLE_SHIFTS.forEach((shift, round) => {
      f.set(to, i32x4.add(to, i32x4.constSplat(scrambling[round]! | 0)));
      f.set(to, v128.xor(to, i32x4.shl(to, shift)));
    });
    f.set(to, v128.and(i32x4.add(to, i32x4.constSplat(scrambling[4])), i32x4.constSplat(kept)));
  };

  f.if(i32.eqz(row), () => {
    f.set(point, i32x4.const(LANES));
    f.doWhile(
      () => {
        f.set(value, point);
        scramble(value, keys.turns, mask);
        f.do(v128.store(i32.add(words, at), value, TURNS_AT));
        f.set(point, i32x4.add(point, i32x4.constSplat(LANES.length)));
        f.set(at, i32.add(at, 16));
      },
      () => i32.ltU(at, turnBytes(plan)),
    );
  });

  f.set(point, i32x4.add(i32x4.splat(row), i32x4.const(LANES)));
  scramble(point, keys.rows, 2 ** bits - 1);
  f.set(value, i32x4.shrU(point, columnBits));
  f.do(v128.store(words, i32x4.shl(v128.and(multiple(value, 2 * plan.pairs), i32x4.constSplat(mask)), 2), FIRST_TURNS_AT));
  const direction = f.let(i32.const(1));
  f.set(left, bits);
  f.while(
    () => left,
    () => {
      f.set(coordinate, v128.xor(coordinate, v128.and(i32x4.splat(direction), i32x4.neg(v128.and(point, i32x4.constSplat(1))))));
      f.set(point, i32x4.shrU(point, 1));
      f.set(direction, i32.xor(direction, i32.shl(direction, 1)));
      f.set(left, i32.sub(left, 1));
    },
  );
  f.do(v128.store(words, i32x4.shl(coordinate, coordinateShift(plan))));
  return f;
}

function emitPick(module: ModuleBuilder, plan: TernaryPlan): RowDraw['pick'] {
  const f = declarePick(module);
  const { row, words, list, table } = f.params;
  const end = emitBalancedHead(f, plan.pairs);
  const entry = f.local('i32');
  f.set(row, i32.add(words, laneOffset(row)));
  const coordinate = f.let(i32.load(row));
  const turn = f.let(i32.add(words, i32.load(row, FIRST_TURNS_AT)));
  f.doWhile(
    () => {
      const candidate = i32.and(i32.add(coordinate, i32.load(turn, TURNS_AT)), columnMask(plan.columns));
      f.set(entry, i32.add(table, i32.shl(candidate, CANDIDATE_SHIFT)));
      f.do(i32.store(list, i32.load(entry, OFFSET_AT)));
      f.set(list, i32.add(list, i32.load(entry)));
      f.set(turn, i32.add(turn, 4));
    },
    () => i32.ltU(list, end),
  );
  f.return(end);
  return f;
}
