/**
 * Packing for the matrix product: the left operand into pairs of rows, the right operand into panels of sixteen columns.
 *
 * Left: `packed[p * 2 + i] = A[i, p]`; right: `packed[p * 16 + j] = B[p, j]`. Each operand has unit stride along one of its axes.
 * Invariant: lanes and rows beyond the matrix hold arbitrary values that never reach a result. Up to three rows of a block may be written
 * past its end and up to sixty-four bytes may be read past the end of a matrix, so blocks are packed in ascending order and every buffer has slack.
 */
import { type FunctionBuilder, i32, select, v128 } from '@bitvox/wasm';
import type { KernelLibrary } from './library.ts';

const LANES = (...order: readonly number[]): number[] => order.flatMap((lane) => [0, 1, 2, 3].map((byte) => lane * 4 + byte));
const LOW = LANES(0, 4, 1, 5);
const HIGH = LANES(2, 6, 3, 7);
const LEFT = LANES(0, 1, 4, 5);
const RIGHT = LANES(2, 3, 6, 7);

const PACK_LEFT = { destination: 'i32', source: 'i32', rowBytes: 'i32', columnBytes: 'i32', depth: 'i32', rows: 'i32' } as const;
const PACK_RIGHT = { destination: 'i32', source: 'i32', rowBytes: 'i32', columnBytes: 'i32', depth: 'i32', columns: 'i32' } as const;

/** Packs one pair of rows (or a single last row) of the left operand, `depth` columns of it. */
export function packLeft(library: KernelLibrary): FunctionBuilder<typeof PACK_LEFT, 'void'> {
  return library.function('gemm_pack_left', PACK_LEFT, (f) => {
    const { destination, source, rowBytes, columnBytes, depth, rows } = f.params;
    const left = f.let(depth);
    f.if(
      i32.eq(columnBytes, 4),
      () => {
        const second = f.let(i32.add(source, select(i32.eq(rows, 2), rowBytes, i32.const(0))));
        f.doWhile(
          () => {
            const a = f.let(v128.load(source));
            const b = f.let(v128.load(second));
            f.do(v128.store(destination, v128.shuffle(a, b, LOW)));
            f.do(v128.store(destination, v128.shuffle(a, b, HIGH), 16));
            f.set(source, i32.add(source, 16));
            f.set(second, i32.add(second, 16));
            f.set(destination, i32.add(destination, 32));
            f.set(left, i32.sub(left, 4));
          },
          () => i32.gtS(left, 0),
        );
      },
      () => {
        f.doWhile(
          () => {
            f.do(v128.store64Lane(destination, v128.load64Zero(source), 0));
            f.set(source, i32.add(source, columnBytes));
            f.set(destination, i32.add(destination, 8));
            f.set(left, i32.sub(left, 1));
          },
          () => left,
        );
      },
    );
  });
}

/** Packs one panel of up to sixteen columns of the right operand, `depth` rows of it. */
export function packRight(library: KernelLibrary): FunctionBuilder<typeof PACK_RIGHT, 'void'> {
  return library.function('gemm_pack_right', PACK_RIGHT, (f) => {
    const { destination, source, rowBytes, columnBytes, depth, columns } = f.params;
    const left = f.let(depth);
    f.if(
      i32.eq(columnBytes, 4),
      () => {
        f.doWhile(
          () => {
            for (const offset of [0, 16, 32, 48]) f.do(v128.store(destination, v128.load(source, offset), offset));
            f.set(source, i32.add(source, rowBytes));
            f.set(destination, i32.add(destination, 64));
            f.set(left, i32.sub(left, 1));
          },
          () => left,
        );
      },
      () => {
        const column = f.local('i32');
        const last = f.let(i32.sub(columns, 1));
        const pointers = f.locals('i32', 4);
        const target = f.local('i32');
        f.set(column, 0);
        f.doWhile(
          () => {
            pointers.forEach((pointer, lane) => {
              const wanted = f.let(i32.add(column, lane));
              f.set(pointer, i32.add(source, i32.mul(select(i32.ltS(wanted, last), wanted, last), columnBytes)));
            });
            f.set(target, i32.add(destination, i32.shl(column, 2)));
            f.set(left, depth);
            f.doWhile(
              () => {
                const [a, b, c, d] = pointers.map((pointer) => f.let(v128.load(pointer)));
                const lowAb = f.let(v128.shuffle(a!, b!, LOW));
                const highAb = f.let(v128.shuffle(a!, b!, HIGH));
                const lowCd = f.let(v128.shuffle(c!, d!, LOW));
                const highCd = f.let(v128.shuffle(c!, d!, HIGH));
                f.do(v128.store(target, v128.shuffle(lowAb, lowCd, LEFT)));
                f.do(v128.store(target, v128.shuffle(lowAb, lowCd, RIGHT), 64));
                f.do(v128.store(target, v128.shuffle(highAb, highCd, LEFT), 128));
                f.do(v128.store(target, v128.shuffle(highAb, highCd, RIGHT), 192));
                for (const pointer of pointers) f.set(pointer, i32.add(pointer, 16));
                f.set(target, i32.add(target, 256));
                f.set(left, i32.sub(left, 4));
              },
              () => i32.gtS(left, 0),
            );
            f.set(column, i32.add(column, 4));
          },
          () => i32.ltS(column, columns),
        );
      },
    );
  });
}
