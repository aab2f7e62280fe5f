/**
 * Gradient of a dense convolution with respect to the input of one group: the unfolded gradient `w^T dy`, block by block, folded back onto the input.
 * Range: images `b`.
 * Invariant: blocks of columns begin at the start of an image, so the order of additions does not depend on the range.
 */
import { type FunctionBuilder, i32, memory } from '@bitvox/wasm';
import { DEPTH_BLOCK, GEMM_SCRATCH_BYTES, macroKernel, packRows, RIGHT_OFFSET, ROW_BLOCK } from '../gemm.ts';
import { packRight } from '../gemm-pack.ts';
import { type Geometry, geometryKey } from '../geometry.ts';
import { at, type KernelLibrary, RANGE } from '../library.ts';
import { COLUMNS, foldRow, ROW_BYTES } from './columns.ts';
import { bounded, type GroupSize } from './forward.ts';

const GRADIENT = { ...RANGE, upstream: 'i32', weights: 'i32', output: 'i32' } as const;

/** Bytes of scratch that the kernel needs. */
export const CONVOLUTION_INPUT_GRADIENT_SCRATCH = GEMM_SCRATCH_BYTES + ROW_BLOCK * ROW_BYTES;

/** The input-gradient kernel of a geometry and group size. */
export function convolutionInputGradient(library: KernelLibrary, geometry: Geometry, { inputs, outputs }: GroupSize): FunctionBuilder<typeof GRADIENT, 'void'> {
  const [fold, packPanel, packBlock, macro] = [foldRow(library, geometry), packRight(library), packRows(library), macroKernel(library)];
  const { batch, height, time } = geometry;
  const window = height.kernel * time.kernel;
  const taps = inputs * window;
  const imageFloats = height.size * time.size;
  const imagePositions = height.output * time.output;
  const positions = batch * imagePositions;
  return library.function(`convolution_input_gradient_${inputs}_${outputs}_${geometryKey(geometry)}`, GRADIENT, (f) => {
    const { begin, end, scratch, upstream, weights, output } = f.params;
    const [image, channel, column, row, depthAt, panel, line] = [
      f.local('i32'),
      f.local('i32'),
      f.local('i32'),
      f.local('i32'),
      f.local('i32'),
      f.local('i32'),
      f.local('i32'),
    ];
    const buffer = f.let(i32.add(scratch, GEMM_SCRATCH_BYTES));
    f.for(image, begin, end, 1, () => {
      f.for(channel, 0, inputs, 1, () => {
        f.do(memory.fill(at(output, i32.mul(i32.add(i32.mul(channel, batch), image), imageFloats)), 0, imageFloats * 4));
      });
      f.for(column, 0, imagePositions, COLUMNS, () => {
        const width = bounded(f, i32.sub(imagePositions, column), COLUMNS);
        const first = f.let(i32.add(i32.mul(image, imagePositions), column));
        const packUpstream = (depth: typeof width): void =>
          f.for(panel, 0, width, 16, () => {
            const source = at(upstream, i32.add(i32.mul(depthAt, positions), i32.add(first, panel)));
            const destination = at(i32.add(scratch, RIGHT_OFFSET), i32.mul(panel, depth));
            f.do(
              library.module.call(packPanel, {
                destination,
                source,
                rowBytes: positions * 4,
                columnBytes: 4,
                depth,
                columns: bounded(f, i32.sub(width, panel), 16),
              }),
            );
          });
        const single = outputs <= DEPTH_BLOCK;
        f.set(depthAt, 0);
        if (single) packUpstream(f.let(i32.const(outputs)));
        f.for(row, 0, taps, ROW_BLOCK, () => {
          const rows = bounded(f, i32.sub(taps, row), ROW_BLOCK);
          f.for(depthAt, 0, outputs, DEPTH_BLOCK, () => {
            const depth = bounded(f, i32.sub(outputs, depthAt), DEPTH_BLOCK);
            if (!single) packUpstream(depth);
            const source = at(weights, i32.add(i32.mul(depthAt, taps), row));
            f.do(library.module.call(packBlock, { rows, depth, source, rowBytes: 4, columnBytes: taps * 4, scratch }));
            f.do(library.module.call(macro, { rows, columns: width, depth, output: buffer, outputRowBytes: ROW_BYTES, accumulate: depthAt, scratch }));
          });
          f.for(line, 0, rows, 1, () => {
            const index = f.let(i32.add(row, line));
            const plane = at(output, i32.mul(i32.divU(index, window), batch * imageFloats));
            f.do(library.module.call(fold, { plane, tap: i32.remU(index, window), first, count: width, row: i32.add(buffer, i32.mul(line, ROW_BYTES)) }));
          });
        });
      });
    });
  });
}
