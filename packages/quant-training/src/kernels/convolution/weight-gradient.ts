/**
 * Gradient of a dense convolution with respect to the weights of one group: `dw[o, (channel, tap)] = sum over n of dy[o, n] * unfolded[(channel, tap), n]`,
 * a matrix product with the transposed unfolded input, made block by block.
 * Range: columns `(channel, tap)` or rows `o` of the result; the sum over `n` is never cut.
 */
import { type FunctionBuilder, i32 } from '@bitvox/wasm';
import { COLUMN_BLOCK, GEMM_SCRATCH_BYTES, macroKernel, packRows, RIGHT_OFFSET, ROW_BLOCK } from '../gemm.ts';
import { packRight } from '../gemm-pack.ts';
import { type Geometry, geometryKey } from '../geometry.ts';
import { at, type KernelLibrary, RANGE } from '../library.ts';
import { COLUMNS, ROW_BYTES, unfoldRow } from './columns.ts';
import { bounded, type GroupSize } from './forward.ts';

const GRADIENT = { ...RANGE, input: 'i32', upstream: 'i32', output: 'i32' } as const;

/** Bytes of scratch that the kernel needs. */
export const CONVOLUTION_WEIGHT_GRADIENT_SCRATCH = GEMM_SCRATCH_BYTES + 16 * ROW_BYTES;

/** The weight-gradient kernel of a geometry and group size. */
export function convolutionWeightGradient(
  library: KernelLibrary,
  geometry: Geometry,
  { inputs, outputs }: GroupSize,
  range: 'rows' | 'columns',
): FunctionBuilder<typeof GRADIENT, 'void'> {
  const [unfold, packPanel, packBlock, macro] = [unfoldRow(library, geometry), packRight(library), packRows(library), macroKernel(library)];
  const { batch, height, time } = geometry;
  const window = height.kernel * time.kernel;
  const taps = inputs * window;
  const planeFloats = batch * height.size * time.size;
  const positions = batch * height.output * time.output;
  return library.function(`convolution_weight_gradient_${range}_${inputs}_${outputs}_${geometryKey(geometry)}`, GRADIENT, (f) => {
    const { begin, end, scratch, input, upstream, output } = f.params;
    const [rowBegin, rowEnd, columnBegin, columnEnd] =
      range === 'rows' ? [begin, end, f.let(i32.const(0)), f.let(i32.const(taps))] : [f.let(i32.const(0)), f.let(i32.const(outputs)), begin, end];
    const [column, position, panel, line, row] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
    const buffer = f.let(i32.add(scratch, GEMM_SCRATCH_BYTES));
    f.for(column, columnBegin, columnEnd, COLUMN_BLOCK, () => {
      const width = bounded(f, i32.sub(columnEnd, column), COLUMN_BLOCK);
      f.for(position, 0, positions, COLUMNS, () => {
        const depth = bounded(f, i32.sub(positions, position), COLUMNS);
        f.for(panel, 0, width, 16, () => {
          const members = bounded(f, i32.sub(width, panel), 16);
          f.for(line, 0, members, 1, () => {
            const index = f.let(i32.add(i32.add(column, panel), line));
            const plane = at(input, i32.mul(i32.divU(index, window), planeFloats));
            const target = i32.add(buffer, i32.mul(line, ROW_BYTES));
            f.do(library.module.call(unfold, { plane, tap: i32.remU(index, window), first: position, count: depth, row: target }));
          });
          const destination = at(i32.add(scratch, RIGHT_OFFSET), i32.mul(panel, depth));
          f.do(library.module.call(packPanel, { destination, source: buffer, rowBytes: 4, columnBytes: ROW_BYTES, depth, columns: members }));
        });
        f.for(row, rowBegin, rowEnd, ROW_BLOCK, () => {
          const rows = bounded(f, i32.sub(rowEnd, row), ROW_BLOCK);
          const source = at(upstream, i32.add(i32.mul(row, positions), position));
          f.do(library.module.call(packBlock, { rows, depth, source, rowBytes: positions * 4, columnBytes: 4, scratch }));
          const target = at(output, i32.add(i32.mul(row, taps), column));
          f.do(library.module.call(macro, { rows, columns: width, depth, output: target, outputRowBytes: taps * 4, accumulate: position, scratch }));
        });
      });
    });
  });
}
