/**
 * 1-bit × 1-bit by XOR and vector popcount: with d = the number of bits in which a row and a frame differ, C = K − 2·d.
 *
 * K lies along the lanes, in 128-bit words; four rows times one or two frames are summed at once in bytes (at most 31 words,
 * 31·8 <= 255), deeper products in 16 bits. Fill bits are 0 on both sides and never differ.
 * Weights: `[m / 4][word][4 rows]` × 16 bytes, missing rows 0. Best for few frames, and wherever popcount is one instruction.
 */
import { i16x8, i32, i32x4, i8x16, type Local, v128, type V128 } from '@bitvox/wasm';
import { rowBytes } from '../layout.ts';
import { frameWordBytes, packFrameWords, wordRowBytes } from './frame-words.wasm.ts';
import type { GemmShape } from './gemm-1x1.ts';
import { type Accumulator, accumulatorShift, buildRun, type GemmKernel, roundUp, type RunBuilder } from './kernel.ts';

/** Rows computed together. */
const ROWS = 4;
/** Words after which a byte of counts could overflow. */
const BYTE_WORDS = 31;

function packWeights(rows: Uint8Array, { m, k }: GemmShape): Uint8Array<ArrayBuffer> {
  const words = wordRowBytes(k) / 16;
  const packed = new Uint8Array(roundUp(m, ROWS) * words * 16);
  const stride = rowBytes(k);
  const lastMask = 0xff >> (stride * 8 - k);
  for (let row = 0; row < m; row++) {
    for (let byte = 0; byte < stride; byte++) {
      const value = rows[row * stride + byte]! & (byte === stride - 1 ? lastMask : 0xff);
      const at = (((row - (row % ROWS)) / ROWS) * words + (byte >> 4)) * ROWS + (row % ROWS);
      packed[at * 16 + (byte & 15)] = value;
    }
  }
  return packed;
}

type Four = readonly [Local<'v128'>, Local<'v128'>, Local<'v128'>, Local<'v128'>];

/** Four vectors of sixteen-bit counts → one vector of four sums. */
function sumLanes(run: RunBuilder, counts: readonly V128[], parts: Four): V128 {
  const ones = i16x8.constSplat(1);
  counts.forEach((count, n) => run.set(parts[n as 0], i32x4.dotI16x8S(count, ones)));
  const low = [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23];
  const high = low.map((byte) => byte + 8);
  const fold = (a: V128, b: V128): V128 => i32x4.add(v128.shuffle(a, b, low), v128.shuffle(a, b, high));
  run.set(parts[0], fold(parts[0], parts[1]));
  run.set(parts[2], fold(parts[2], parts[3]));
  const even = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
  return i32x4.add(
    v128.shuffle(parts[0], parts[2], even),
    v128.shuffle(
      parts[0],
      parts[2],
      even.map((byte) => byte + 8),
    ),
  );
}

/** The registers of one generated function, shared by its copies of the inner loop. */
function registers(run: RunBuilder, deep: boolean) {
  return {
    weight: run.local('i32'),
    out: run.local('i32'),
    left: run.local('i32'),
    words: run.local('i32'),
    end: run.local('i32'),
    word: run.local('i32'),
    rows: run.locals('v128', ROWS),
    frame: run.local('v128'),
    counts: run.locals('v128', 2 * ROWS),
    wide: deep ? run.locals('v128', 2 * ROWS) : [],
    parts: [run.local('v128'), run.local('v128'), run.local('v128'), run.local('v128')] as Four,
    sums: run.locals('v128', 2),
  };
}
type Registers = ReturnType<typeof registers>;

/** Counts of differing bits of four rows and `frames` frames, left in `sums`. */
function countDifferences(run: RunBuilder, r: Registers, k: number, frame: Local<'i32'>, frames: 1 | 2): void {
  const words = wordRowBytes(k) / 16;
  const counts = r.counts.slice(0, frames * ROWS);
  const step = (at: number): void => {
    r.rows.forEach((row, n) => run.set(row, v128.load(r.weight, (at * ROWS + n) * 16)));
    for (let f = 0; f < frames; f++) {
      run.set(r.frame, v128.load(r.word, f * wordRowBytes(k) + at * 16));
      r.rows.forEach((row, n) => {
        const count = counts[f * ROWS + n]!;
        run.set(count, i8x16.add(count, i8x16.popcnt(v128.xor(row, r.frame))));
      });
    }
  };
  const loop = (): void => {
    run.doWhile(
      () => {
        step(0);
        run.set(r.weight, i32.add(r.weight, ROWS * 16));
        run.set(r.word, i32.add(r.word, 16));
      },
      () => i32.ltU(r.word, r.end),
    );
  };
  const clear = (locals: readonly Local<'v128'>[]): void => locals.forEach((local) => run.set(local, v128.zero()));

  run.set(r.word, frame);
  clear(counts);
  let totals: V128[] = counts.map((count) => i16x8.extaddPairwiseI8x16U(count));
  if (words <= 2) {
    for (let at = 0; at < words; at++) step(at);
    run.set(r.weight, i32.add(r.weight, words * ROWS * 16));
  } else if (words <= BYTE_WORDS) {
    run.set(r.end, i32.add(frame, words * 16));
    loop();
  } else {
    const wide = r.wide.slice(0, frames * ROWS);
    clear(wide);
    run.set(r.words, i32.add(frame, words * 16));
    run.doWhile(
      () => {
        run.set(r.end, i32.add(r.word, BYTE_WORDS * 16));
        run.if(i32.gtU(r.end, r.words), () => run.set(r.end, r.words));
        loop();
        wide.forEach((sum, n) => run.set(sum, i16x8.add(sum, i16x8.extaddPairwiseI8x16U(counts[n]!))));
        clear(counts);
      },
      () => i32.ltU(r.word, r.words),
    );
    totals = wide;
  }
  for (let f = 0; f < frames; f++) run.set(r.sums[f]!, sumLanes(run, totals.slice(f * ROWS, (f + 1) * ROWS), r.parts));
}

/** C = K − 2·d for `rows` rows and `frames` frames, written at `out`, which moves on to the next rows. */
function storeResults(run: RunBuilder, r: Registers, k: number, rows: number, frames: 1 | 2, accumulator: Accumulator, cBytes: Local<'i32'>): void {
  r.sums.slice(0, frames).forEach((sum) => run.set(sum, i32x4.sub(i32x4.constSplat(k), i32x4.add(sum, sum))));
  const [first, second] = r.sums as [Local<'v128'>, Local<'v128'>];
  const halves: V128[] = [first];
  if (frames === 2 && accumulator === 'i16') run.set(first, v128.or(v128.and(first, i32x4.constSplat(0xffff)), i32x4.shl(second, 16)));
  if (frames === 2 && accumulator === 'i32') {
    const low = [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23];
    [r.parts[0], r.parts[1]].forEach((part, half) =>
      run.set(
        part,
        v128.shuffle(
          first,
          second,
          low.map((byte) => byte + 8 * half),
        ),
      ),
    );
    halves.splice(0, 1, r.parts[0], r.parts[1]);
  }
  for (let row = 0; row < rows; row++) {
    if (frames === 1) run.do(accumulator === 'i16' ? v128.store16Lane(r.out, first, 2 * row) : v128.store32Lane(r.out, first, row));
    else run.do(accumulator === 'i16' ? v128.store32Lane(r.out, first, row) : v128.store64Lane(r.out, halves[row >> 1]!, row & 1));
    run.set(r.out, i32.add(r.out, cBytes));
  }
}

function build(shape: GemmShape, accumulator: Accumulator, scratch: number, run: RunBuilder): void {
  const { m, k, t } = shape;
  const { weights, c, cStride, frames } = run.params;
  const elementShift = accumulatorShift(accumulator);
  packFrameWords(run, k, t, scratch, 'simd');
  const r = registers(run, wordRowBytes(k) / 16 > BYTE_WORDS);
  const frame = run.let(i32.const(scratch));
  const cBytes = run.let(i32.shl(cStride, elementShift));
  const column = run.let<'i32'>(c);
  const last = run.let<'i32'>(frames);

  const allRows = (count: 1 | 2): void => {
    run.set(r.weight, weights);
    run.set(r.out, column);
    const full = Math.floor(m / ROWS);
    const group = (rows: number): void => {
      countDifferences(run, r, k, frame, count);
      storeResults(run, r, k, rows, count, accumulator, cBytes);
    };
    if (full > 0) {
      run.set(r.left, full);
      run.doWhile(
        () => {
          group(ROWS);
          run.set(r.left, i32.sub(r.left, 1));
        },
        () => r.left,
      );
    }
    if (m % ROWS > 0) group(m % ROWS);
  };

  if (t > 1) {
    run.while(
      () => i32.geS(last, 2),
      () => {
        allRows(2);
        run.set(frame, i32.add(frame, 2 * wordRowBytes(k)));
        run.set(column, i32.add(column, 2 << elementShift));
        run.set(last, i32.sub(last, 2));
      },
    );
  }
  run.if(last, () => allRows(1));
}

const popcount = <A extends Accumulator>(accumulator: A, maximumDepth: number): GemmKernel => ({
  name: `gemm_1x1_${accumulator}__popcount`,
  op: 'gemm',
  weights: '1',
  activations: '1',
  accumulator,
  summary: 'XOR and vector popcount over 128-bit words of K, four rows by two frames at a time.',
  requires: ['simd'],
  limits: { k: maximumDepth },
  pays: { m: 1, t: 1 },
  // Four sums of four rows end in one vector by a dozen instructions; bytes become bits 16 frames at a time.
  steps: ({ m, k, t }) => ({
    popcount: (roundUp(m, ROWS) * wordRowBytes(k) * t) / 16,
    vector: 3 * roundUp(m, ROWS) * t + (t === 1 ? k / 8 : 6 * k * Math.ceil(t / 16)),
  }),
  weightBytes: ({ m, k }) => roundUp(m, ROWS) * wordRowBytes(k),
  scratchBytes: ({ k, t }) => frameWordBytes(k, t, 'simd'),
  packWeights,
  build: (shape, target) => buildRun(target, (run) => build(shape, accumulator, target.scratch, run)),
});

/** Sums kept in 16 bits: K <= 32767. */
export const gemm1x1I16Popcount = popcount('i16', 32767);
/** Sums kept in 32 bits; sixteen-bit lanes of counts hold up to 2^17 bits of depth. */
export const gemm1x1I32Popcount = popcount('i32', 1 << 17);
