/**
 * Weights of up to 5 bits × int8 by relaxed dot products of bytes, outputs on the lanes: the product for single frames where the
 * engine has them.
 *
 * The instruction multiplies signed bytes by bytes of 0 to 127 and leaves open what happens beyond; so the weights become
 * w + offset >= 0, and with them every engine computes the same:
 *
 *     C = Σ (w + offset)·x − offset·Σ x,   pairs of products stay below 2·128·31 < 2^15
 *
 * A lane sums four inputs of a row at once, a turn adds eight inputs to sixteen rows.
 *
 * - nibbles (`1`, `ternary`, `int4`): `[m / 16][k / 8][4 quarters]` vectors; byte 4r + i of a quarter holds row r, input i in its low and
 *   input i + 4 in its high nibble.
 * - bytes (`int5`): `[m / 16][k / 8][2 halves][4 quarters]` vectors, byte 4r + i of half h the input 4h + i.
 */
import { i16x8, i32, i32x4, i8x16, type Local, v128, type V128 } from '@bitvox/wasm';
import { WEIGHT_TYPES, type WeightType } from '../layout.ts';
import { unpackRows } from '../pack-rows.ts';
import type { GemmShape } from './gemm-1x1.ts';
import { buildRun, depthLimit, type GemmKernel, roundUp, type RunBuilder } from './kernel.ts';
import { storeColumn } from './single-column.wasm.ts';

/** Rows computed together: four vectors of four sums, twice, because a sum takes some cycles to be ready for the next. */
const ROWS = 16;
/** Inputs of a turn. */
const TURN = 8;

/** Bytes of weights of a turn: two inputs to a byte where they fit nibbles. */
const turnBytes = (offset: number): number => (offset <= 8 ? 64 : 128);
/** What makes a weight a number that is not negative: 8 for nibbles, 16 for bytes. */
const offsetOf = (weights: WeightType): number => (WEIGHT_TYPES[weights].maximum < 8 ? 8 : 16);
const paddedRows = (m: number): number => roundUp(m, ROWS);
const weightBytes = ({ m, k }: GemmShape, offset: number): number => (paddedRows(m) / ROWS) * (roundUp(k, TURN) / TURN) * turnBytes(offset);

function packWeights(values: Int8Array, shape: GemmShape, offset: number): Uint8Array<ArrayBuffer> {
  const { m, k } = shape;
  // Inputs that fill a turn are 0, and rows that fill a group are not copied to the results.
  const bytes = new Uint8Array(weightBytes(shape, offset));
  for (let row = 0; row < m; row++) {
    const group = Math.floor(row / ROWS) * (roundUp(k, TURN) / TURN);
    for (let depth = 0; depth < k; depth++) {
      const at = (group + Math.floor(depth / TURN)) * turnBytes(offset) + 4 * (row % ROWS) + (depth & 3);
      const value = values[row * k + depth]! + offset;
      const isUpper = (depth & 4) !== 0;
      if (offset <= 8) bytes[at]! |= isUpper ? value << 4 : value;
      else bytes[at + (isUpper ? 64 : 0)] = value;
    }
  }
  return bytes;
}

/** Emits the bytes of the frame at `column`, one after the other at `frame`; what fills its last turn is 0. */
function gatherFrame(run: RunBuilder, k: number, frame: number, column: Local<'i32'>): void {
  const { xStride } = run.params;
  const [from, to] = [run.let<'i32'>(column), run.let(i32.const(frame))];
  const whole = k - (k % 16);
  run.do(v128.store(i32.const(frame), v128.zero(), roundUp(k, 16) - 16));
  if (whole > 0) {
    run.if(i32.eq(xStride, 1), () =>
      run.doWhile(
        () => {
          run.do(v128.store(to, v128.load(from)));
          run.set(from, i32.add(from, 16));
          run.set(to, i32.add(to, 16));
        },
        () => i32.ltU(to, frame + whole),
      ),
    );
  }
  run.while(
    () => i32.ltU(to, frame + k),
    () => {
      run.do(i32.store8(to, i32.load8U(from)));
      run.set(from, i32.add(from, xStride));
      run.set(to, i32.add(to, 1));
    },
  );
}

function build({ m, k }: GemmShape, offset: number, scratch: number, run: RunBuilder): void {
  const { weights, x, c, frames } = run.params;
  const sumsAt = scratch + roundUp(k, 16);
  const [weight, input, result, total] = run.locals('i32', 4);
  const [correction, lower, upper] = run.locals('v128', 3);
  const packed = run.locals('v128', 4);
  const [lowSums, highSums] = [run.locals('v128', 4), run.locals('v128', 4)];
  const lowNibble = run.let(i8x16.constSplat(15));

  const sumInputs = (): void => {
    run.set(correction, v128.zero());
    run.set(input, scratch);
    run.doWhile(
      () => {
        const pairs = i16x8.extaddPairwiseI8x16S(v128.load(input));
        run.set(correction, i32x4.add(correction, i32x4.extaddPairwiseI16x8S(pairs)));
        run.set(input, i32.add(input, 16));
      },
      () => i32.ltU(input, sumsAt),
    );
    run.set(total, 0);
    for (let lane = 0; lane < 4; lane++) run.set(total, i32.add(total, i32x4.extractLane(correction, lane)));
    run.set(correction, i32x4.splat(i32.mul(total, -offset)));
  };

  const halvesOf = (n: number): readonly [V128, V128] => {
    if (offset > 8) return [v128.load(weight, 16 * n), v128.load(weight, 64 + 16 * n)];
    run.set(packed[n]!, v128.load(weight, 16 * n));
    return [v128.and(packed[n]!, lowNibble), v128.and(i16x8.shrU(packed[n]!, 4), lowNibble)];
  };

  const sumRows = (): void => {
    for (const sum of lowSums) run.set(sum, correction);
    for (const sum of highSums) run.set(sum, v128.zero());
    run.set(input, scratch);
    run.doWhile(
      () => {
        run.set(lower, v128.load32Splat(input));
        run.set(upper, v128.load32Splat(input, 4));
        for (let n = 0; n < 4; n++) {
          const [low, high] = halvesOf(n);
          run.set(lowSums[n]!, i32x4.relaxedDotI8x16I7x16AddS(lower, low, lowSums[n]!));
          run.set(highSums[n]!, i32x4.relaxedDotI8x16I7x16AddS(upper, high, highSums[n]!));
        }
        run.set(weight, i32.add(weight, turnBytes(offset)));
        run.set(input, i32.add(input, TURN));
      },
      () => i32.ltU(input, scratch + roundUp(k, TURN)),
    );
    lowSums.forEach((sum, n) => run.do(v128.store(result, i32x4.add(sum, highSums[n]!), 16 * n)));
    run.set(result, i32.add(result, 4 * ROWS));
  };

  const [frame, column, left] = [run.let<'i32'>(x), run.let<'i32'>(c), run.let<'i32'>(frames)];
  run.doWhile(
    () => {
      gatherFrame(run, k, scratch, frame);
      sumInputs();
      run.set(weight, weights);
      run.set(result, sumsAt);
      run.doWhile(sumRows, () => i32.ltU(result, sumsAt + 4 * paddedRows(m)));
      storeColumn(run, { from: sumsAt, rows: m, elementShift: 2, resultShift: 2, to: column });
      run.set(frame, i32.add(frame, 1));
      run.set(column, i32.add(column, 4));
      run.set(left, i32.sub(left, 1));
    },
    () => left,
  );
}

/** The kernel for a type of at most 5 bits. */
export function relaxedDot(weights: Exclude<WeightType, 'int8'>): GemmKernel {
  const offset = offsetOf(weights);
  return {
    name: `gemm_${weights}xint8_i32__relaxeddot`,
    op: 'gemm',
    weights,
    activations: 'int8',
    accumulator: 'i32',
    summary: `Relaxed dot products of bytes with 16 rows on the lanes, one frame at a time; weights in ${offset === 8 ? '4' : '8'} bits.`,
    requires: ['relaxedDot'],
    limits: { k: depthLimit(weights, 'int8', 'i32') },
    pays: { m: 1, t: 1 },
    // Of a clip, inputs and results are taken and stored one by one.
    steps: ({ m, k, t }) => ({ relaxedDot: (paddedRows(m) * roundUp(k, TURN) * t) / 16, vector: t === 1 ? (k + m) / 4 : 2.5 * (k + m) * t }),
    weightBytes: (shape) => weightBytes(shape, offset),
    scratchBytes: ({ m, k }) => roundUp(k, 16) + 4 * paddedRows(m),
    packWeights: (rows, shape) => packWeights(unpackRows(rows, shape.m, shape.k, weights), shape, offset),
    build: (shape, target) => buildRun(target, (run) => build(shape, offset, target.scratch, run)),
  };
}
