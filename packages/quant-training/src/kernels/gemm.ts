/**
 * Matrix product `C[M, N] (+)= A[M, K] B[K, N]` in f32 with a 2 x 16 register tile.
 *
 * The sum over K is cut into blocks of 512 at fixed places and is sequential within each, so an element has the same bits however rows and columns
 * are divided among threads. Operands are addressed by strides, which makes every transpose the same code: `A[i, p]` lies at
 * `A + i * rowA + p * columnA` (in bytes), and one of the two strides is 4.
 * Invariant: the inner loop is rolled, with eight accumulators and six loads; a larger tile spills registers in V8.
 */
import { type Expr, f32, f32x4, type FunctionBuilder, i32, select, v128 } from '@bitvox/wasm';
import { packLeft, packRight } from './gemm-pack.ts';
import { at, type KernelLibrary, RANGE } from './library.ts';

/** Depth of one block of the sum. */
export const DEPTH_BLOCK = 512;
/** Rows of the left operand packed at a time. */
export const ROW_BLOCK = 128;
/** Columns of the right operand packed at a time. */
export const COLUMN_BLOCK = 512;

const SPILL_BYTES = 128;
const SLACK_BYTES = 256;
const LEFT_BYTES = ROW_BLOCK * DEPTH_BLOCK * 4 + SLACK_BYTES;
/** Offset of the packed left operand in the scratch buffer. */
export const LEFT_OFFSET = SPILL_BYTES;
/** Offset of the packed right operand in the scratch buffer. */
export const RIGHT_OFFSET = LEFT_OFFSET + LEFT_BYTES;
/** Bytes of scratch that a matrix product needs. */
export const GEMM_SCRATCH_BYTES = RIGHT_OFFSET + COLUMN_BLOCK * DEPTH_BLOCK * 4 + SLACK_BYTES;

const TILE = {
  depth: 'i32',
  left: 'i32',
  right: 'i32',
  output: 'i32',
  outputRowBytes: 'i32',
  accumulate: 'i32',
  rows: 'i32',
  columns: 'i32',
  spill: 'i32',
} as const;

/** One tile of at most 2 x 16 results from packed operands. */
function tile(library: KernelLibrary): FunctionBuilder<typeof TILE, 'void'> {
  return library.function('gemm_tile', TILE, (f) => {
    const { depth, left, right, output, outputRowBytes, accumulate, rows, columns, spill } = f.params;
    const first = f.locals('v128', 4);
    const second = f.locals('v128', 4);
    const end = f.let(i32.add(right, i32.shl(depth, 6)));
    f.doWhile(
      () => {
        const panels = [0, 16, 32, 48].map((offset) => f.let(v128.load(right, offset)));
        const upper = f.let(v128.load32Splat(left));
        const lower = f.let(v128.load32Splat(left, 4));
        first.forEach((sum, lane) => f.set(sum, f32x4.add(sum, f32x4.mul(upper, panels[lane]!))));
        second.forEach((sum, lane) => f.set(sum, f32x4.add(sum, f32x4.mul(lower, panels[lane]!))));
        f.set(left, i32.add(left, 8));
        f.set(right, i32.add(right, 64));
      },
      () => i32.ne(right, end),
    );
    const next = f.let(i32.add(output, outputRowBytes));
    const sums: readonly (readonly [Expr<'i32'>, readonly Expr<'v128'>[]])[] = [
      [output, first],
      [next, second],
    ];
    f.if(
      i32.and(i32.eq(rows, 2), i32.eq(columns, 16)),
      () => {
        f.if(accumulate, () => {
          for (const [row, values] of sums) values.forEach((value, lane) => f.do(v128.store(row, f32x4.add(v128.load(row, lane * 16), value), lane * 16)));
          f.return();
        });
        for (const [row, values] of sums) values.forEach((value, lane) => f.do(v128.store(row, value, lane * 16)));
      },
      () => {
        first.forEach((value, lane) => f.do(v128.store(spill, value, lane * 16)));
        second.forEach((value, lane) => f.do(v128.store(spill, value, 64 + lane * 16)));
        const column = f.local('i32');
        f.doWhile(
          () => {
            f.for(column, 0, columns, 1, () => {
              const target = f.let(at(output, column));
              const value = f.let(f32.load(at(spill, column)));
              f.if(
                accumulate,
                () => f.do(f32.store(target, f32.add(f32.load(target), value))),
                () => f.do(f32.store(target, value)),
              );
            });
            f.set(output, next);
            f.set(spill, i32.add(spill, 64));
            f.set(rows, i32.sub(rows, 1));
          },
          () => rows,
        );
      },
    );
  });
}

const MACRO = { rows: 'i32', columns: 'i32', depth: 'i32', output: 'i32', outputRowBytes: 'i32', accumulate: 'i32', scratch: 'i32' } as const;

/** All tiles of a packed block of rows against a packed block of columns. */
export function macroKernel(library: KernelLibrary): FunctionBuilder<typeof MACRO, 'void'> {
  const inner = tile(library);
  return library.function('gemm_macro', MACRO, (f) => {
    const { rows, columns, depth, output, outputRowBytes, accumulate, scratch } = f.params;
    const [row, column] = [f.local('i32'), f.local('i32')];
    const left = f.let(i32.add(scratch, LEFT_OFFSET));
    const right = f.let(i32.add(scratch, RIGHT_OFFSET));
    f.for(column, 0, columns, 16, () => {
      const width = f.let(i32.sub(columns, column));
      f.if(i32.gtS(width, 16), () => f.set(width, 16));
      f.for(row, 0, rows, 2, () => {
        const height = f.let(i32.sub(rows, row));
        f.if(i32.gtS(height, 2), () => f.set(height, 2));
        f.do(
          library.module.call(inner, {
            depth,
            left: i32.add(left, i32.shl(i32.mul(row, depth), 2)),
            right: i32.add(right, i32.shl(i32.mul(column, depth), 2)),
            output: at(i32.add(output, i32.mul(row, outputRowBytes)), column),
            outputRowBytes,
            accumulate,
            rows: height,
            columns: width,
            spill: scratch,
          }),
        );
      });
    });
  });
}

const PACK_ROWS = { rows: 'i32', depth: 'i32', source: 'i32', rowBytes: 'i32', columnBytes: 'i32', scratch: 'i32' } as const;

/** Packs a block of rows of the left operand into the scratch buffer. */
export function packRows(library: KernelLibrary): FunctionBuilder<typeof PACK_ROWS, 'void'> {
  const pack = packLeft(library);
  return library.function('gemm_pack_rows', PACK_ROWS, (f) => {
    const { rows, depth, source, rowBytes, columnBytes, scratch } = f.params;
    const row = f.local('i32');
    f.for(row, 0, rows, 2, () => {
      const height = f.let(i32.sub(rows, row));
      f.if(i32.gtS(height, 2), () => f.set(height, 2));
      f.do(
        library.module.call(pack, {
          destination: at(i32.add(scratch, LEFT_OFFSET), i32.mul(row, depth)),
          source: i32.add(source, i32.mul(row, rowBytes)),
          rowBytes,
          columnBytes,
          depth,
          rows: height,
        }),
      );
    });
  });
}

const OPERANDS = {
  rows: 'i32',
  columns: 'i32',
  depth: 'i32',
  left: 'i32',
  leftRowBytes: 'i32',
  leftColumnBytes: 'i32',
  right: 'i32',
  rightRowBytes: 'i32',
  rightColumnBytes: 'i32',
  output: 'i32',
  outputRowBytes: 'i32',
} as const;
const GEMM = { ...RANGE, ...OPERANDS } as const;
const BLOCK = { rowBegin: 'i32', rowEnd: 'i32', columnBegin: 'i32', columnEnd: 'i32', scratch: 'i32', ...OPERANDS } as const;

/** The product restricted to a range of rows and columns. */
function block(library: KernelLibrary): FunctionBuilder<typeof BLOCK, 'void'> {
  const [packPanel, packBlock, macro] = [packRight(library), packRows(library), macroKernel(library)];
  return library.function('gemm_block', BLOCK, (f) => {
    const p = f.params;
    const [column, depthAt, panel, row] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
    const bounded = (value: Expr<'i32'>, limit: number): ReturnType<typeof f.let<'i32'>> => {
      const size = f.let(value);
      f.set(size, select(i32.ltS(size, limit), size, i32.const(limit)));
      return size;
    };
    f.for(column, p.columnBegin, p.columnEnd, COLUMN_BLOCK, () => {
      const width = bounded(i32.sub(p.columnEnd, column), COLUMN_BLOCK);
      f.for(depthAt, 0, p.depth, DEPTH_BLOCK, () => {
        const depth = bounded(i32.sub(p.depth, depthAt), DEPTH_BLOCK);
        f.for(panel, 0, width, 16, () => {
          const source = i32.add(i32.mul(depthAt, p.rightRowBytes), i32.mul(i32.add(column, panel), p.rightColumnBytes));
          f.do(
            library.module.call(packPanel, {
              destination: at(i32.add(p.scratch, RIGHT_OFFSET), i32.mul(panel, depth)),
              source: i32.add(p.right, source),
              rowBytes: p.rightRowBytes,
              columnBytes: p.rightColumnBytes,
              depth,
              columns: bounded(i32.sub(width, panel), 16),
            }),
          );
        });
        f.for(row, p.rowBegin, p.rowEnd, ROW_BLOCK, () => {
          const rows = bounded(i32.sub(p.rowEnd, row), ROW_BLOCK);
          const source = i32.add(i32.mul(row, p.leftRowBytes), i32.mul(depthAt, p.leftColumnBytes));
          f.do(
            library.module.call(packBlock, {
              rows,
              depth,
              source: i32.add(p.left, source),
              rowBytes: p.leftRowBytes,
              columnBytes: p.leftColumnBytes,
              scratch: p.scratch,
            }),
          );
          f.do(
            library.module.call(macro, {
              rows,
              columns: width,
              depth,
              output: at(i32.add(p.output, i32.mul(row, p.outputRowBytes)), column),
              outputRowBytes: p.outputRowBytes,
              accumulate: depthAt,
              scratch: p.scratch,
            }),
          );
        });
      });
    });
  });
}

/** The product with the range over rows or over columns of the result; a range of columns begins at a multiple of 16 for speed. */
export function gemm(library: KernelLibrary, range: 'rows' | 'columns'): FunctionBuilder<typeof GEMM, 'void'> {
  const inner = block(library);
  return library.function(`gemm_${range}`, GEMM, (f) => {
    const { begin, end, ...rest } = f.params;
    const zero = i32.const(0);
    const limits =
      range === 'rows'
        ? { rowBegin: begin, rowEnd: end, columnBegin: zero, columnEnd: rest.columns }
        : { rowBegin: zero, rowEnd: rest.rows, columnBegin: begin, columnEnd: end };
    f.do(library.module.call(inner, { ...limits, ...rest }));
  });
}
