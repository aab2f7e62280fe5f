/**
 * 1-bit × 1-bit by XOR and the scalar 64-bit popcount: C = K − 2·d with d = the number of differing bits.
 *
 * Needs nothing beyond the first version of WebAssembly, so it is the kernel of last resort; where popcount is one scalar
 * instruction it is also a good one for single frames. A frame of few words stays in registers and meets one row after the other; of
 * a longer one each word meets four rows. Weights: `[m / rows][word][rows]` × 8 bytes, missing rows and fill bits 0.
 */
import { type Expr, i32, i64 } from '@bitvox/wasm';
import { rowBytes } from '../layout.ts';
import { frameWordBytes, packFrameWords, wordRowBytes } from './frame-words.wasm.ts';
import type { GemmShape } from './gemm-1x1.ts';
import { type Accumulator, accumulatorShift, buildRun, type GemmKernel, roundUp, type RunBuilder } from './kernel.ts';

/** Words of a frame that stay in registers. */
const KEPT_WORDS = 4;

const wordsOf = (k: number): number => roundUp(k, 64) / 64;
/** Rows computed together. */
const rowsOf = (k: number): number => (wordsOf(k) <= KEPT_WORDS ? 1 : 4);
const weightBytes = ({ m, k }: GemmShape): number => roundUp(m, rowsOf(k)) * wordsOf(k) * 8;

function packWeights(rows: Uint8Array, shape: GemmShape): Uint8Array<ArrayBuffer> {
  const { m, k } = shape;
  const stride = rowBytes(k);
  const lastMask = 0xff >> (stride * 8 - k);
  const packed = new Uint8Array(weightBytes(shape));
  const together = rowsOf(k);
  for (let row = 0; row < m; row++) {
    const group = Math.floor(row / together) * wordsOf(k);
    for (let byte = 0; byte < stride; byte++) {
      const at = ((group + (byte >> 3)) * together + (row % together)) * 8 + (byte & 7);
      packed[at] = rows[row * stride + byte]! & (byte === stride - 1 ? lastMask : 0xff);
    }
  }
  return packed;
}

function build({ m, k, t }: GemmShape, accumulator: Accumulator, scratch: number, run: RunBuilder): void {
  const { weights, c, cStride, frames } = run.params;
  const elementShift = accumulatorShift(accumulator);
  packFrameWords(run, k, t, scratch, 'scalar');
  const [frame, column, cBytes] = [run.let(i32.const(scratch)), run.let<'i32'>(c), run.let(i32.shl(cStride, elementShift))];
  const [weight, out, left, word, end] = run.locals('i32', 5);
  const together = rowsOf(k);
  const kept = run.locals('i64', together === 1 ? wordsOf(k) : 0);
  const [bits, differing] = [run.local('i64'), run.locals('i64', together)];

  const addWord = (frameBits: Expr<'i64'>, at: number): void =>
    differing.forEach((count, row) => run.set(count, i64.add(count, i64.popcnt(i64.xor(i64.load(weight, 8 * (at + row)), frameBits)))));
  const rowGroup = (stored: number): void => {
    for (const count of differing) run.set(count, i64.const(0n));
    if (kept.length > 0) {
      kept.forEach(addWord);
      run.set(weight, i32.add(weight, 8 * kept.length));
    } else {
      run.set(word, frame);
      run.doWhile(
        () => {
          run.set(bits, i64.load(word));
          addWord(bits, 0);
          run.set(weight, i32.add(weight, 8 * together));
          run.set(word, i32.add(word, 8));
        },
        () => i32.ltU(word, end),
      );
    }
    for (const count of differing.slice(0, stored)) {
      const result: Expr<'i32'> = i32.sub(k, i32.shl(i32.wrapI64(count), 1));
      run.do(accumulator === 'i16' ? i32.store16(out, result) : i32.store(out, result));
      run.set(out, i32.add(out, cBytes));
    }
  };

  run.doWhile(
    () => {
      run.set(end, i32.add(frame, wordsOf(k) * 8));
      run.set(weight, weights);
      run.set(out, column);
      kept.forEach((local, at) => run.set(local, i64.load(frame, 8 * at)));
      if (m >= together) {
        run.set(left, Math.floor(m / together));
        run.doWhile(
          () => {
            rowGroup(together);
            run.set(left, i32.sub(left, 1));
          },
          () => left,
        );
      }
      if (m % together > 0) rowGroup(m % together);
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
  summary: 'XOR and scalar popcount over 64-bit words of K, up to four rows by one frame at a time; needs no SIMD.',
  requires: [],
  limits: { k: maximumDepth },
  pays: { m: 1, t: 1 },
  steps: ({ m, k, t }) => ({ words: roundUp(m, rowsOf(k)) * wordsOf(k) * t, vector: (m * t) / 2 + (t === 1 ? k / 8 : (k * t) / 2) }),
  weightBytes,
  scratchBytes: ({ k, t }) => frameWordBytes(k, t, 'scalar'),
  packWeights,
  build: (shape, target) => buildRun(target, (run) => build(shape, accumulator, target.scratch, run)),
});

/** Sums kept in 16 bits: K <= 32767. */
export const gemm1x1I16Words = words('i16', 32767);
/** Sums kept in 32 bits. */
export const gemm1x1I32Words = words('i32', 1 << 20);
