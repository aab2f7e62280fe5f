/**
 * Dense convolution of one group: `y[o, n] = sum over (channel, tap) of w[o, channel, tap] * unfolded[channel, tap, n]`, unfolded block by block into the
 * panels of the matrix product. Range: columns `n = (b, ho, to)`, from a multiple of 16.
 */
import { type Expr, type FunctionBuilder, i32, type Local, select, type Signature } from '@bitvox/wasm';
import { DEPTH_BLOCK, GEMM_SCRATCH_BYTES, macroKernel, packRows, RIGHT_OFFSET, ROW_BLOCK } from '../gemm.ts';
import { type Geometry, geometryKey } from '../geometry.ts';
import { at, type KernelLibrary, RANGE } from '../library.ts';
import { COLUMNS, ROW_BYTES, spreadRow, unfoldRow } from './columns.ts';

const FORWARD = { ...RANGE, input: 'i32', weights: 'i32', output: 'i32' } as const;

/** Channels of one group of a convolution. */
export interface GroupSize {
  readonly inputs: number;
  readonly outputs: number;
}

/** Bytes of scratch that the forward kernel needs. */
export const CONVOLUTION_FORWARD_SCRATCH = GEMM_SCRATCH_BYTES + ROW_BYTES;

/** The smaller of `value` and `limit`, in a local of its own. */
export function bounded(f: FunctionBuilder<Signature, 'void'>, value: Expr<'i32'>, limit: number): Local<'i32'> {
  const size = f.let(value);
  f.set(size, select(i32.ltS(size, limit), size, i32.const(limit)));
  return size;
}

/** The forward kernel of a geometry and group size. */
export function convolutionForward(library: KernelLibrary, geometry: Geometry, { inputs, outputs }: GroupSize): FunctionBuilder<typeof FORWARD, 'void'> {
  const [unfold, spread, packBlock, macro] = [unfoldRow(library, geometry), spreadRow(library), packRows(library), macroKernel(library)];
  const { batch, height, time } = geometry;
  const window = height.kernel * time.kernel;
  const depth = inputs * window;
  const planeFloats = batch * height.size * time.size;
  const outputRowBytes = batch * height.output * time.output * 4;
  return library.function(`convolution_forward_${inputs}_${outputs}_${geometryKey(geometry)}`, FORWARD, (f) => {
    const { begin, end, scratch, input, weights, output } = f.params;
    const [column, depthAt, line, row] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
    const buffer = f.let(i32.add(scratch, GEMM_SCRATCH_BYTES));
    f.for(column, begin, end, COLUMNS, () => {
      const width = bounded(f, i32.sub(end, column), COLUMNS);
      f.for(depthAt, 0, depth, DEPTH_BLOCK, () => {
        const part = bounded(f, i32.sub(depth, depthAt), DEPTH_BLOCK);
        f.for(line, 0, part, 1, () => {
          const index = f.let(i32.add(depthAt, line));
          const plane = at(input, i32.mul(i32.divU(index, window), planeFloats));
          f.do(library.module.call(unfold, { plane, tap: i32.remU(index, window), first: column, count: width, row: buffer }));
          f.do(
            library.module.call(spread, {
              row: buffer,
              count: width,
              destination: i32.add(scratch, i32.add(RIGHT_OFFSET, i32.shl(line, 6))),
              panelBytes: i32.shl(part, 6),
            }),
          );
        });
        f.for(row, 0, outputs, ROW_BLOCK, () => {
          const rows = bounded(f, i32.sub(outputs, row), ROW_BLOCK);
          const source = at(weights, i32.add(i32.mul(row, depth), depthAt));
          f.do(library.module.call(packBlock, { rows, depth: part, source, rowBytes: depth * 4, columnBytes: 4, scratch }));
          const target = at(i32.add(output, i32.mul(row, outputRowBytes)), column);
          f.do(library.module.call(macro, { rows, columns: width, depth: part, output: target, outputRowBytes, accumulate: depthAt, scratch }));
        });
      });
    });
  });
}
