/**
 * Sums along lists of channels (`row-draw.ts`), a tile of frames on the lanes.
 *
 * - forward, y = R x: for each row, from zero, the channels of its +1 are added in order, then those of its -1 subtracted. A list entry costs
 *   one load, and one load and one addition per vector.
 * - transposed, x = Rᵀ y: each row is held in registers, and added to the channels of its +1, then subtracted from those of its -1. Channels
 *   are cleared beforehand, and rows come in order.
 *
 * Invariant: rolled loops, one list entry per turn, one register per vector; V8 11 and 12 spill anything longer.
 */
import { type FunctionBuilder, i32, type Local, type ModuleBuilder, type ValueType } from '@bitvox/wasm';
import { type Lanes, SCALARS, type TernaryElement, VECTOR_BYTES, VECTORS } from './lanes.ts';
import { LIST_HEAD } from './row-draw.ts';

/** y = R x, or x = Rᵀ y. */
export type TernaryDirection = 'forward' | 'transposed';

export type RowSums = FunctionBuilder<{ readonly list: 'i32'; readonly end: 'i32'; readonly x: 'i32'; readonly y: 'i32'; readonly stride: 'i32' }, 'void'>;

/**
 * Loads of more vectors than these and their sums do not fit 16 registers, and V8 puts all loads of a block before all additions. So wider tiles
 * are taken in two halves, the first behind a condition that always holds: a block of its own.
 */
const UNDIVIDED_VECTORS = 6;

/** Declares `sums<vectors>(list, end, x, y, stride)` for tiles of this many vectors; 0 vectors: a single frame. */
export function emitRowSums(module: ModuleBuilder, element: TernaryElement, direction: TernaryDirection, vectors: number): RowSums {
  if (vectors > 0) return emit(module, direction, VECTORS[element], vectors);
  return element === 'f32' ? emit(module, direction, SCALARS.f32, 1) : emit(module, direction, SCALARS.i16, 1);
}

function emit<T extends ValueType>(module: ModuleBuilder, direction: TernaryDirection, lanes: Lanes<T>, width: number): RowSums {
  const name = `sums${lanes.type === 'v128' ? width : 'Frame'}`;
  const f = module.function(name, { list: 'i32', end: 'i32', x: 'i32', y: 'i32', stride: 'i32' }, { exported: false });
  const { list, end, x, y, stride } = f.params;
  const [channel, plusEnd, minusEnd] = f.locals('i32', 3);
  const row: Local<T>[] = f.locals(lanes.type, width);
  const eachVector = (body: (value: Local<T>, offset: number) => void): void => row.forEach((value, at) => body(value, at * VECTOR_BYTES));
  const set = (local: Local<T>, value: ReturnType<Lanes<T>['zero']>): void => f.set<ValueType>(local, value);

  const ways = {
    forward: {
      open: () => eachVector((value) => set(value, lanes.zero())),
      entry: (operation: Lanes<T>['add']) => {
        const take = (values: readonly Local<T>[], start: number): void =>
          values.forEach((value, at) => set(value, operation(value, lanes.load(channel, (start + at) * VECTOR_BYTES))));
        const half = width > UNDIVIDED_VECTORS ? width >> 1 : 0;
        if (half > 0) f.if(list, () => take(row.slice(0, half), 0));
        take(row.slice(half), half);
      },
      close: () => eachVector((value, offset) => f.do(lanes.store(y, value, offset))),
    },
    transposed: {
      open: () => eachVector((value, offset) => set(value, lanes.load(y, offset))),
      entry: (operation: Lanes<T>['add']) => eachVector((value, offset) => f.do(lanes.store(channel, operation(lanes.load(channel, offset), value), offset))),
      close: () => {},
    },
  };
  const { open, entry, close } = ways[direction];

  const takeEntries = (operation: Lanes<T>['add'], stop: Local<'i32'>): void =>
    f.if(i32.ltU(list, stop), () =>
      f.doWhile(
        () => {
          f.set(channel, i32.add(x, i32.load(list)));
          entry(operation);
          f.set(list, i32.add(list, 4));
        },
        () => i32.ltU(list, stop),
      ),
    );

  f.doWhile(
    () => {
      open();
      f.set(plusEnd, i32.load(list));
      f.set(minusEnd, i32.load(list, 4));
      f.set(list, i32.add(list, LIST_HEAD));
      takeEntries(lanes.add, plusEnd);
      takeEntries(lanes.sub, minusEnd);
      close();
      f.set(y, i32.add(y, stride));
    },
    () => i32.ltU(list, end),
  );
  return f;
}
