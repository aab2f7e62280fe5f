/** The sums of the table kernel of the convolution (`conv2d-tables4.wasm.ts`), and the results that come out of them. */
import { type Expr, i16x8, i32, i8x16, type Local, v128, type V128 } from '@bitvox/wasm';
import { type Emitter, repeat } from './conv-kernel.ts';
import type { ConvTablesPlan } from './conv-tables-plan.ts';
import type { ConvTablesLayout } from './conv-tables-weights.ts';
import { nibbleSums } from './nibble-sums.wasm.ts';

/** The offsets of one output in one block, and where its sums are kept. */
export interface SumAt {
  /** Addresses of the first offset and of the end of them. */
  readonly first: Local<'i32'>;
  readonly end: Local<'i32'>;
  /** Address of the sums, one byte per position of the strip. */
  readonly sums: Local<'i32'>;
}

/** Emits the sums of an output over the whole strip, of tables at `tables`. */
export function sumOutput(run: Emitter, { vectors, merged, half }: ConvTablesPlan, tables: number, { first, end, sums }: SumAt): void {
  const lanes = nibbleSums(run, vectors);
  const addresses = run.locals('i32', merged);
  const [tile, offset] = run.locals('i32', 2);

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

  run.set(tile, 0);
  run.doWhile(
    () => {
      lanes.clear();
      run.set(offset, first);
      run.doWhile(addEntries, () => i32.ltU(offset, end));
      for (let r = 0; r < vectors; r++) {
        const { low, high } = lanes.split(r);
        run.do(v128.store(i32.add(sums, tile), low, 16 * r));
        run.do(v128.store(i32.add(sums, tile), high, half + 16 * r));
      }
      run.set(tile, i32.add(tile, 16 * vectors));
    },
    () => i32.ltU(tile, half),
  );
}

/** Where the results of one output go. */
export interface StripAt {
  /** Addresses of the sums of the first block, of −channels · taps inside for the strip's first row, and of its first result; lost afterwards. */
  readonly sums: Local<'i32'>;
  readonly base: Local<'i32'>;
  readonly result: Local<'i32'>;
}

/** Blocks added without a loop. */
const MOST_UNROLLED = 8;

/** Emits the results of a strip: rows of the sums of all blocks, without what lies between the rows, in terms of −1 and +1. */
export function storeStrip(run: Emitter, plan: ConvTablesPlan, { width, columns }: ConvTablesLayout, { sums, base, result }: StripAt): void {
  const { radix, stripRows, blocks, half } = plan;
  const [column, at] = run.locals('i32', 2);
  const [counts, count] = [run.local('v128'), run.local('i32')];
  const shift = radix === 2 ? 1 : 0;

  /** Adds up what `add` takes from the sums of each block. */
  const eachBlock = (add: (offset: number) => void): void => {
    run.set(at, i32.add(sums, column));
    if (blocks <= MOST_UNROLLED) {
      for (let block = 0; block < blocks; block++) add(2 * half * block);
      return;
    }
    repeat(run, blocks, () => {
      add(0);
      run.set(at, i32.add(at, 2 * half));
    });
  };
  const place = (from: Local<'i32'>): Expr<'i32'> => i32.add(from, i32.shl(column, 1));
  const vector = (): void => {
    // The last vector moves back to end with the row: what it shares with the one before is stored twice, alike.
    if (width % 8 > 0) run.if(i32.gtU(column, width - 8), () => run.set(column, width - 8));
    run.set(counts, v128.zero());
    eachBlock((offset) => run.set(counts, i16x8.add(counts, v128.load8x8U(at, offset))));
    run.do(v128.store(place(result), i16x8.add(i16x8.shl(counts, shift), v128.load(place(base)))));
    run.set(column, i32.add(column, 8));
  };
  const single = (): void => {
    run.set(count, 0);
    eachBlock((offset) => run.set(count, i32.add(count, i32.load8U(at, offset))));
    run.do(i32.store16(place(result), i32.add(i32.shl(count, shift), i32.load16U(place(base)))));
    run.set(column, i32.add(column, 1));
  };
  repeat(run, stripRows, () => {
    run.set(column, 0);
    run.doWhile(width >= 8 ? vector : single, () => i32.ltU(column, width));
    run.set(sums, i32.add(sums, columns));
    for (const row of [base, result]) run.set(row, i32.add(row, 2 * width));
  });
}
