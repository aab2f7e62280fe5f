/**
 * 1-bit or ternary weights × f32 activations, one addition after the other in the order of `gemm-float.ts`: needs nothing beyond the
 * first version of WebAssembly. Weights: i8 `[m][k]`.
 */
import { f32, i32, select } from '@bitvox/wasm';
import { MAXIMUM_EXTENT } from '../layout.ts';
import { unpackRows } from '../pack-rows.ts';
import { floatGroup, type FloatWeights } from './gemm-float.ts';
import type { GemmShape } from './gemm-1x1.ts';
import { buildRun, type GemmKernel, type RunBuilder } from './kernel.ts';

function build({ m, k }: GemmShape, group: number, run: RunBuilder): void {
  const { weights, x, xStride, c, cStride, frames } = run.params;
  const [frame, column, left] = [run.let<'i32'>(x), run.let<'i32'>(c), run.let<'i32'>(frames)];
  const [xBytes, cBytes] = [run.let(i32.shl(xStride, 2)), run.let(i32.shl(cStride, 2))];
  const [weight, input, out, row, rowEnd, groupEnd, value] = run.locals('i32', 7);
  const [sum, part, number] = run.locals('f32', 3);

  const addInput = (): void => {
    run.set(value, i32.load8S(weight));
    run.set(number, f32.load(input));
    // A weight of 0 leaves the sum alone, even where the input is infinite.
    run.set(number, select(i32.ltS(value, 0), f32.neg(number), number));
    run.set(part, select(value, f32.add(part, number), part));
    run.set(input, i32.add(input, xBytes));
    run.set(weight, i32.add(weight, 1));
  };
  const sumRow = (): void => {
    run.set(sum, f32.const(0));
    run.set(input, frame);
    run.set(rowEnd, i32.add(weight, k));
    run.doWhile(
      () => {
        run.set(part, f32.const(0));
        run.set(groupEnd, i32.add(weight, group));
        run.if(i32.gtU(groupEnd, rowEnd), () => run.set(groupEnd, rowEnd));
        run.doWhile(addInput, () => i32.ltU(weight, groupEnd));
        run.set(sum, f32.add(sum, part));
      },
      () => i32.ltU(weight, rowEnd),
    );
  };

  run.doWhile(
    () => {
      run.set(weight, weights);
      run.set(out, column);
      run.set(row, m);
      run.doWhile(
        () => {
          sumRow();
          run.do(f32.store(out, sum));
          run.set(out, i32.add(out, cBytes));
          run.set(row, i32.sub(row, 1));
        },
        () => row,
      );
      run.set(frame, i32.add(frame, 4));
      run.set(column, i32.add(column, 4));
      run.set(left, i32.sub(left, 1));
    },
    () => left,
  );
}

/** The kernel for weights of 1 bit or ternary ones. */
export const floatScalar = (weights: FloatWeights): GemmKernel => ({
  name: `gemm_${weights}xf32_f32__scalar`,
  op: 'gemm',
  weights,
  activations: 'f32',
  accumulator: 'f32',
  summary: 'One addition after the other, weights in 8 bits; needs no SIMD.',
  requires: [],
  limits: { k: MAXIMUM_EXTENT },
  pays: { m: 1, t: 1 },
  steps: ({ m, k, t }) => ({ scalar: m * k * t }),
  weightBytes: ({ m, k }) => m * k,
  scratchBytes: () => 0,
  packWeights: (rows, { m, k }) => new Uint8Array(unpackRows(rows, m, k, weights).buffer),
  build: (shape, target) => buildRun(target, (run) => build(shape, floatGroup(weights), run)),
});
