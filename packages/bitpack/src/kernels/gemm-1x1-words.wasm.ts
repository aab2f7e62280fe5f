/**
 * 1-bit × 1-bit by XOR and the scalar 64-bit popcount: C = K − 2·d with d = the number of differing bits.
 *
 * Needs nothing beyond the first version of WebAssembly, so it is the kernel of last resort; where popcount is one scalar
 * instruction it is also a good one for single frames. Weights: `[m][word]` × 8 bytes, fill bits 0 on both sides.
 */
import { type Expr, i32, i64 } from '@bitvox/wasm';
import { rowBytes } from '../layout.ts';
import { frameWordBytes, packFrameWords, wordRowBytes } from './frame-words.wasm.ts';
import type { GemmShape } from './gemm-1x1.ts';
import { type Accumulator, accumulatorShift, buildRun, type GemmKernel, roundUp, type RunBuilder } from './kernel.ts';

/** Words whose frame bits stay in registers. */
const KEPT_WORDS = 4;

const wordsOf = (k: number): number => roundUp(k, 64) / 64;

function packWeights(rows: Uint8Array, { m, k }: GemmShape): Uint8Array<ArrayBuffer> {
  const stride = rowBytes(k);
  const lastMask = 0xff >> (stride * 8 - k);
  const packed = new Uint8Array(m * wordsOf(k) * 8);
  for (let row = 0; row < m; row++) {
    const at = row * wordsOf(k) * 8;
    packed.set(rows.subarray(row * stride, (row + 1) * stride), at);
    packed[at + stride - 1]! &= lastMask;
  }
  return packed;
}

function build({ m, k, t }: GemmShape, accumulator: Accumulator, scratch: number, run: RunBuilder): void {
  const { weights, c, cStride, frames } = run.params;
  const words = wordsOf(k);
  const elementShift = accumulatorShift(accumulator);
  packFrameWords(run, k, t, scratch, 'scalar');
  const [frame, column, cBytes] = [run.let(i32.const(scratch)), run.let<'i32'>(c), run.let(i32.shl(cStride, elementShift))];
  const [weight, out, row, word, end] = [run.local('i32'), run.local('i32'), run.local('i32'), run.local('i32'), run.local('i32')];
  const differing = run.local('i64');
  const kept = words <= KEPT_WORDS ? run.locals('i64', words) : [];

  const count = (at: number, frameBits: Expr<'i64'>): void => run.set(differing, i64.add(differing, i64.popcnt(i64.xor(frameBits, i64.load(weight, at * 8)))));
  const countRow = (): void => {
    if (kept.length > 0) {
      kept.forEach((local, at) => count(at, local));
      run.set(weight, i32.add(weight, words * 8));
      return;
    }
    const rest = words % KEPT_WORDS;
    run.set(word, frame);
    run.set(end, i32.add(frame, (words - rest) * 8));
    run.doWhile(
      () => {
        for (let at = 0; at < KEPT_WORDS; at++) count(at, i64.load(word, at * 8));
        run.set(weight, i32.add(weight, KEPT_WORDS * 8));
        run.set(word, i32.add(word, KEPT_WORDS * 8));
      },
      () => i32.ltU(word, end),
    );
    for (let at = 0; at < rest; at++) count(at, i64.load(word, at * 8));
    run.set(weight, i32.add(weight, rest * 8));
  };

  run.doWhile(
    () => {
      kept.forEach((local, at) => run.set(local, i64.load(frame, at * 8)));
      run.set(weight, weights);
      run.set(out, column);
      run.set(row, m);
      run.doWhile(
        () => {
          run.set(differing, i64.const(0n));
          countRow();
          const result = i32.sub(k, i32.shl(i32.wrapI64(differing), 1));
          run.do(accumulator === 'i16' ? i32.store16(out, result) : i32.store(out, result));
          run.set(out, i32.add(out, cBytes));
          run.set(row, i32.sub(row, 1));
        },
        () => row,
      );
      run.set(frame, i32.add(frame, wordRowBytes(k)));
      run.set(column, i32.add(column, 1 << elementShift));
      run.set(frames, i32.sub(frames, 1));
    },
    () => frames,
  );
}

const words = (accumulator: Accumulator, maximumDepth: number): GemmKernel => ({
  name: `gemm_1x1_${accumulator}__words`,
  op: 'gemm',
  weights: '1',
  activations: '1',
  accumulator,
  summary: 'XOR and scalar popcount over 64-bit words of K, one row by one frame at a time; needs no SIMD.',
  requires: [],
  limits: { k: maximumDepth },
  pays: { m: 1, t: 1 },
  weightBytes: ({ m, k }) => m * wordsOf(k) * 8,
  scratchBytes: ({ k, t }) => frameWordBytes(k, t, 'scalar'),
  packWeights,
  build: (shape, target) => buildRun(target, (run) => build(shape, accumulator, target.scratch, run)),
});

/** Sums kept in 16 bits: K <= 32767. */
export const gemm1x1I16Words = words('i16', 32767);
/** Sums kept in 32 bits. */
export const gemm1x1I32Words = words('i32', 1 << 20);
