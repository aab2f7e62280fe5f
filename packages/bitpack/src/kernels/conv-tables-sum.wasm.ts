/** The sums of the table kernel of the convolution (`conv2d-tables4.wasm.ts`), and the results that come out of them. */
import { i16x8, i32, i8x16, type Local, v128, type V128 } from '@bitvox/wasm';
import { type Emitter, repeat } from './conv-kernel.ts';
import type { ConvTablesPlan } from './conv-tables-plan.ts';
import type { ConvTablesLayout } from './conv-tables-weights.ts';
import { nibbleSums } from './nibble-sums.wasm.ts';

/** The offsets of one output in one block, and where its sums are kept. */
export interface SumAt {
  readonly block: Local<'i32'>;
  /** Addresses of the first offset and of the end of them. */
  readonly first: Local<'i32'>;
  readonly end: Local<'i32'>;
  /** Address of the sums, one u16 per position of the strip; afterwards of those of the next output. */
  readonly sums: Local<'i32'>;
}

/** Emits the sums of an output over the whole strip, of tables at `tables`. */
export function sumOutput(run: Emitter, { vectors, merged, blocks, half }: ConvTablesPlan, tables: number, { block, first, end, sums }: SumAt): void {
  const lanes = nibbleSums(run, vectors);
  const addresses = run.locals('i32', merged);
  const [tile, offset] = [run.local('i32'), run.local('i32')];

  const addEntries = (): void => {
    addresses.forEach((address, n) => run.set(address, i32.add(tile, i32.load16U(offset, 2 * n))));
    for (let r = 0; r < vectors; r++) {
      const entries = addresses.map((address) => v128.load(address, tables + 16 * r));
      lanes.add(
        r,
        entries.reduce((total: V128, entry) => i8x16.add(total, entry)),
      );
    }
    run.set(offset, i32.add(offset, 2 * merged));
  };

  const store = (form: 'first' | 'later'): void => {
    for (let r = 0; r < vectors; r++) {
      [lanes.split(r)].forEach(({ low, high }) =>
        [i16x8.extendLowI8x16U(low), i16x8.extendHighI8x16U(low), i16x8.extendLowI8x16U(high), i16x8.extendHighI8x16U(high)].forEach((quarter, n) => {
          const at = 32 * r + 16 * (n & 1) + (n >> 1) * 2 * half;
          run.do(v128.store(sums, form === 'first' ? quarter : i16x8.add(quarter, v128.load(sums, at)), at));
        }),
      );
    }
  };

  run.set(tile, 0);
  run.doWhile(
    () => {
      lanes.clear();
      run.set(offset, first);
      run.doWhile(addEntries, () => i32.ltU(offset, end));
      if (blocks === 1) store('first');
      else
        run.if(
          block,
          () => store('later'),
          () => store('first'),
        );
      run.set(sums, i32.add(sums, 32 * vectors));
      run.set(tile, i32.add(tile, 16 * vectors));
    },
    () => i32.ltU(tile, half),
  );
  run.set(sums, i32.add(sums, 2 * half));
}

/** Where the results of one output go. */
export interface StripAt {
  /** Addresses of the sums, of −channels · taps inside for the strip's first row, and of its first result; lost afterwards. */
  readonly sums: Local<'i32'>;
  readonly base: Local<'i32'>;
  readonly result: Local<'i32'>;
}

/** Emits the results of a strip: the rows of the sums, without what lies between them, in terms of −1 and +1. */
export function storeStrip(run: Emitter, { radix, stripRows }: ConvTablesPlan, { width, columns }: ConvTablesLayout, { sums, base, result }: StripAt): void {
  const column = run.local('i32');
  const shift = radix === 2 ? 1 : 0;
  const vector = (): void => {
    // The last vector moves back to end with the row: what it shares with the one before is stored twice, alike.
    if (width % 8 > 0) run.if(i32.gtU(column, 2 * (width - 8)), () => run.set(column, 2 * (width - 8)));
    const sum = v128.load(i32.add(sums, column));
    run.do(v128.store(i32.add(result, column), i16x8.add(shift === 1 ? i16x8.shl(sum, 1) : sum, v128.load(i32.add(base, column)))));
    run.set(column, i32.add(column, 16));
  };
  const single = (): void => {
    const sum = i32.shl(i32.load16U(i32.add(sums, column)), shift);
    run.do(i32.store16(i32.add(result, column), i32.add(sum, i32.load16U(i32.add(base, column)))));
    run.set(column, i32.add(column, 2));
  };
  repeat(run, stripRows, () => {
    run.set(column, 0);
    run.doWhile(width >= 8 ? vector : single, () => i32.ltU(column, 2 * width));
    run.set(sums, i32.add(sums, 2 * columns));
    for (const at of [base, result]) run.set(at, i32.add(at, 2 * width));
  });
}
