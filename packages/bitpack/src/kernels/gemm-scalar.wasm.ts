/**
 * Weights of any type × bits or int8, one product after the other: needs nothing beyond the first version of WebAssembly,
 * and is what remains where the depth exceeds the limits of the others.
 * Weights: i8 `[m][k]`.
 */
import { type Expr, i32 } from '@bitvox/wasm';
import type { ActivationType, WeightType } from '../layout.ts';
import { unpackRows } from '../pack-rows.ts';
import type { GemmShape } from './gemm-1x1.ts';
import { type Accumulator, accumulatorShift, buildRun, depthLimit, type GemmKernel, type RunBuilder } from './kernel.ts';

function build({ m, k }: GemmShape, activations: ActivationType, accumulator: Accumulator, run: RunBuilder): void {
  const { weights, x, xStride, c, cStride, frames } = run.params;
  const elementShift = accumulatorShift(accumulator);
  const cBytes = run.let(i32.shl(cStride, elementShift));
  const [frame, column, left] = [run.let<'i32'>(x), run.let<'i32'>(c), run.let<'i32'>(frames)];
  const [weight, input, out, row, rowEnd, sum] = [run.local('i32'), run.local('i32'), run.local('i32'), run.local('i32'), run.local('i32'), run.local('i32')];
  const number = (value: Expr<'i32'>): Expr<'i32'> => (activations === '1' ? i32.sub(i32.shl(value, 1), 1) : value);
  run.doWhile(
    () => {
      run.set(weight, weights);
      run.set(out, column);
      run.set(row, m);
      run.doWhile(
        () => {
          run.set(sum, 0);
          run.set(input, frame);
          run.set(rowEnd, i32.add(weight, k));
          run.doWhile(
            () => {
              run.set(sum, i32.add(sum, i32.mul(i32.load8S(weight), number(i32.load8S(input)))));
              run.set(input, i32.add(input, xStride));
              run.set(weight, i32.add(weight, 1));
            },
            () => i32.ltU(weight, rowEnd),
          );
          run.do(accumulator === 'i16' ? i32.store16(out, sum) : i32.store(out, sum));
          run.set(out, i32.add(out, cBytes));
          run.set(row, i32.sub(row, 1));
        },
        () => row,
      );
      run.set(frame, i32.add(frame, 1));
      run.set(column, i32.add(column, 1 << elementShift));
      run.set(left, i32.sub(left, 1));
    },
    () => left,
  );
}

/** The kernel for a pair of types. */
export const scalar = (weights: WeightType, activations: ActivationType, accumulator: Accumulator): GemmKernel => ({
  name: `gemm_${weights}x${activations}_${accumulator}__scalar`,
  op: 'gemm',
  weights,
  activations,
  accumulator,
  summary: 'One product after the other, weights in 8 bits; needs no SIMD.',
  requires: [],
  limits: { k: depthLimit(weights, activations, accumulator) },
  pays: { m: 1, t: 1 },
  steps: ({ m, k, t }) => ({ scalar: m * k * t }),
  weightBytes: ({ m, k }) => m * k,
  scratchBytes: () => 0,
  packWeights: (rows, { m, k }) => new Uint8Array(unpackRows(rows, m, k, weights).buffer),
  build: (shape, target) => buildRun(target, (run) => build(shape, activations, accumulator, run)),
});
