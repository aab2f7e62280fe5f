/**
 * Sums of channels picked by lists (`row-draw.ts`): for each row, from zero, the channels of its +1 added in order, then those of its -1
 * subtracted. Time lies on the lanes, so a list entry costs one load and then one load and one addition per vector.
 *
 * Invariant: rolled loops, one list entry per turn, one accumulator per vector; V8 11 and 12 spill anything longer.
 */
import { type Expr, f32, f32x4, type FunctionBuilder, i16x8, i32, type Local, type ModuleBuilder, type Statement, v128, type ValueType } from '@bitvox/wasm';
import { LIST_HEAD } from './row-draw.ts';

/** What a frame holds. */
export type TernaryElement = 'f32' | 'i16';

/** Bytes of one frame of one channel, as a shift. */
export const ELEMENT_SHIFT: Readonly<Record<TernaryElement, number>> = { f32: 2, i16: 1 };

interface Lanes<T extends ValueType> {
  zero(): Expr<T>;
  load(address: Expr<'i32'>, offset: number): Expr<T>;
  add(a: Expr<T>, b: Expr<T>): Expr<T>;
  sub(a: Expr<T>, b: Expr<T>): Expr<T>;
  store(address: Expr<'i32'>, value: Expr<T>, offset: number): Statement;
}

const VECTOR: Readonly<Record<TernaryElement, Lanes<'v128'>>> = {
  f32: { zero: v128.zero, load: v128.load, add: f32x4.add, sub: f32x4.sub, store: v128.store },
  i16: { zero: v128.zero, load: v128.load, add: i16x8.add, sub: i16x8.sub, store: v128.store },
};
const SCALAR_F32: Lanes<'f32'> = { zero: () => f32.const(0), load: f32.load, add: f32.add, sub: f32.sub, store: f32.store };
const SCALAR_I16: Lanes<'i32'> = { zero: () => i32.const(0), load: i32.load16S, add: i32.add, sub: i32.sub, store: i32.store16 };

export type SumRows = FunctionBuilder<{ readonly list: 'i32'; readonly end: 'i32'; readonly x: 'i32'; readonly y: 'i32'; readonly stride: 'i32' }, 'void'>;

/** Declares `sum<vectors>(list, end, x, y, stride)` for tiles of this many vectors; 0 vectors: a single frame. */
export function emitSumRows(module: ModuleBuilder, element: TernaryElement, vectors: number): SumRows {
  if (vectors > 0) return emit(module, `sum${vectors}`, 'v128', VECTOR[element], vectors);
  if (element === 'f32') return emit(module, 'sumFrame', 'f32', SCALAR_F32, 1);
  return emit(module, 'sumFrame', 'i32', SCALAR_I16, 1);
}

function emit<T extends ValueType>(module: ModuleBuilder, name: string, type: T, lanes: Lanes<T>, width: number): SumRows {
  const f = module.function(name, { list: 'i32', end: 'i32', x: 'i32', y: 'i32', stride: 'i32' }, { exported: false });
  const { list, end, x, y, stride } = f.params;
  const [from, plusEnd, minusEnd] = f.locals('i32', 3);
  const sums: Local<T>[] = f.locals(type, width);

  const accumulate = (operation: Lanes<T>['add'], stop: Local<'i32'>): void =>
    f.if(i32.ltU(list, stop), () =>
      f.doWhile(
        () => {
          f.set(from, i32.add(x, i32.load(list)));
          sums.forEach((sum, at) => f.set<ValueType>(sum, operation(sum, lanes.load(from, 16 * at))));
          f.set(list, i32.add(list, 4));
        },
        () => i32.ltU(list, stop),
      ),
    );

  f.doWhile(
    () => {
      for (const sum of sums) f.set<ValueType>(sum, lanes.zero());
      f.set(plusEnd, i32.load(list));
      f.set(minusEnd, i32.load(list, 4));
      f.set(list, i32.add(list, LIST_HEAD));
      accumulate(lanes.add, plusEnd);
      accumulate(lanes.sub, minusEnd);
      sums.forEach((sum, at) => f.do(lanes.store(y, sum, 16 * at)));
      f.set(y, i32.add(y, stride));
    },
    () => i32.ltU(list, end),
  );
  return f;
}
