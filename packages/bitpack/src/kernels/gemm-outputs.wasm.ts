/**
 * Weights of any type × bits or int8 by 16-bit dot products, outputs on the lanes: the product for single frames.
 *
 * A frame is widened to 16 bits once; a pair of its inputs is spread over a vector and multiplied by the pairs of weights of
 * four rows, 16 rows to a group. Weights stay small in memory, since a single frame is bound by reading them:
 *
 * - nibbles (`1`, `ternary`, `int4`): `[m / 16][k / 2]` vectors; nibble n of 16-bit lane j is row 4n + (j >> 1), input j & 1, as
 *   w + 8 for n of 0 to 2, in two's complement for n = 3.
 * - bytes (`int5`, `int8`): `[m / 16][k / 2][4]` × 8 bytes, byte j of quarter n the same row and input.
 *
 * Nibbles are used where they stand, so that few of them need more than one mask: with P_n the sums of products of nibble n,
 * `16·P_1` and `256·P_2` are summed by masks, P_3 by a shift, and P_0 is what the whole lane gives beyond them,
 *
 *     Σ lane·x = P_0 + 16·P_1 + 256·P_2 + 4096·P_3   (modulo 2^32, which P_0 fits)
 *
 * Sums start at −8·Σx in their scale, which takes the 8 back. Exact while 16·P_1 fits 32 bits, hence a limit of the depth of its
 * own; where 256·P_2 would not, nibble 2 is shifted.
 */
import { i16x8, i32, i32x4, type Local, v128, type V128 } from '@bitvox/wasm';
import { type ActivationType, MAXIMUM_EXTENT, WEIGHT_TYPES, type WeightType } from '../layout.ts';
import { unpackRows } from '../pack-rows.ts';
import type { GemmShape } from './gemm-1x1.ts';
import { type Accumulator, accumulatorShift, buildRun, depthLimit, type GemmKernel, roundUp, type RunBuilder } from './kernel.ts';
import { storeColumn } from './single-column.wasm.ts';

/** Rows computed together: four vectors of four sums. */
const ROWS = 16;
/** Pairs of inputs per turn of the inner loop. */
const TURN_PAIRS = 2;
/** What is added to a weight in a nibble. */
const OFFSET = 8;
/** Depth for which `scale`·8·128 per input stays within 31 bits. */
const scaledDepth = (scale: number): number => Math.floor(0x7fff_ffff / (scale * OFFSET * 128));

type Form = 'nibbles' | 'bytes';
const formOf = (weights: WeightType): Form => (WEIGHT_TYPES[weights].maximum < OFFSET ? 'nibbles' : 'bytes');

/** Bytes of a pair of inputs for sixteen rows. */
const PAIR_BYTES = { nibbles: 16, bytes: 32 } as const;

const paddedDepth = (k: number): number => roundUp(k, 2 * TURN_PAIRS);
/** Inputs of a widened frame, whole vectors of them. */
const frameInputs = (k: number): number => roundUp(k, 8);
const paddedRows = (m: number): number => roundUp(m, ROWS);
const weightBytes = ({ m, k }: GemmShape, form: Form): number => (paddedRows(m) / ROWS) * (paddedDepth(k) / 2) * PAIR_BYTES[form];

function packWeights(values: Int8Array, shape: GemmShape, form: Form): Uint8Array<ArrayBuffer> {
  const { m, k } = shape;
  // What fills the depth meets inputs of 0, and rows that fill a group are not copied to the results.
  const bytes = new Uint8Array(weightBytes(shape, form));
  for (let row = 0; row < m; row++) {
    const group = Math.floor(row / ROWS) * (paddedDepth(k) / 2);
    const quarter = (row % ROWS) >> 2;
    for (let depth = 0; depth < k; depth++) {
      const value = values[row * k + depth]!;
      const at = (group + (depth >> 1)) * PAIR_BYTES[form];
      const lane = 2 * (row & 3) + (depth & 1);
      if (form === 'bytes') bytes[at + 8 * quarter + lane] = value;
      else {
        const nibble = quarter === 3 ? value & 15 : value + OFFSET;
        bytes[at + 2 * lane + (quarter >> 1)]! |= nibble << (4 * (quarter & 1));
      }
    }
  }
  return bytes;
}

/** Emits the inputs of the frame at `column` as 16-bit numbers at `frame`; what fills its last vector is 0. */
function widenFrame(run: RunBuilder, k: number, activations: ActivationType, frame: number, column: Local<'i32'>): void {
  const { xStride } = run.params;
  const [from, to] = [run.let<'i32'>(column), run.let(i32.const(frame))];
  const full = k - (k % 8);
  const number = (value: V128): V128 => (activations === '1' ? i16x8.sub(i16x8.add(value, value), i16x8.constSplat(1)) : value);
  const loaded = run.local('v128');
  const single = run.local('i32');
  if (full < k) run.do(v128.store(i32.const(frame + 2 * full), v128.zero()));
  if (full > 0) {
    run.if(i32.eq(xStride, 1), () =>
      run.doWhile(
        () => {
          run.set(loaded, v128.load8x8S(from));
          run.do(v128.store(to, number(loaded)));
          run.set(from, i32.add(from, 8));
          run.set(to, i32.add(to, 16));
        },
        () => i32.ltU(to, frame + 2 * full),
      ),
    );
  }
  run.while(
    () => i32.ltU(to, frame + 2 * k),
    () => {
      run.set(single, i32.load8S(from));
      run.do(i32.store16(to, activations === '1' ? i32.sub(i32.shl(single, 1), 1) : single));
      run.set(from, i32.add(from, xStride));
      run.set(to, i32.add(to, 2));
    },
  );
}

interface OutputsOptions {
  readonly activations: ActivationType;
  readonly accumulator: Accumulator;
  readonly form: Form;
}

function build({ m, k }: GemmShape, { activations, accumulator, form }: OutputsOptions, scratch: number, run: RunBuilder): void {
  const { weights, x, c, frames } = run.params;
  const sumsAt = scratch + 2 * frameInputs(k);
  const end = scratch + 2 * paddedDepth(k);
  const [weight, input, result] = [run.local('i32'), run.local('i32'), run.local('i32')];
  const [packed, spread, correction, total] = [run.local('v128'), run.local('v128'), run.local('v128'), run.local('i32')];
  const scaleOf2 = k <= scaledDepth(256) ? 8 : 0;
  const [mask1, mask2] = [run.let(i16x8.constSplat(0x00f0)), run.let(i16x8.constSplat(scaleOf2 === 8 ? 0x0f00 : 0x000f))];
  const sums = run.locals('v128', 4);
  const elementShift = accumulatorShift(accumulator);

  const sumInputs = (): void => {
    run.set(correction, v128.zero());
    run.set(input, scratch);
    run.doWhile(
      () => {
        run.set(correction, i32x4.add(correction, i32x4.dotI16x8S(v128.load(input), i16x8.constSplat(1))));
        run.set(input, i32.add(input, 16));
      },
      () => i32.ltU(input, sumsAt),
    );
    run.set(total, i32.const(0));
    for (let lane = 0; lane < 4; lane++) run.set(total, i32.add(total, i32x4.extractLane(correction, lane)));
    run.set(correction, i32x4.splat(i32.mul(total, -OFFSET)));
  };

  const quartersOf = (at: number): readonly V128[] => {
    if (form === 'bytes') return [0, 1, 2, 3].map((quarter) => v128.load8x8S(weight, at + 8 * quarter));
    run.set(packed, v128.load(weight, at));
    const second = scaleOf2 === 8 ? packed : i16x8.shrU(packed, 8);
    return [packed, v128.and(packed, mask1), v128.and(second, mask2), i16x8.shrS(packed, 12)];
  };

  const separateNibbles = (): void => {
    const [all, first, second, third] = sums as [Local<'v128'>, Local<'v128'>, Local<'v128'>, Local<'v128'>];
    run.set(all, i32x4.sub(i32x4.sub(all, first), i32x4.add(i32x4.shl(second, 8 - scaleOf2), i32x4.shl(third, 12))));
    run.set(first, i32x4.shrS(first, 4));
    run.set(second, i32x4.shrS(second, scaleOf2));
  };

  const sumRows = (): void => {
    const zero = v128.zero();
    const starts =
      form === 'bytes'
        ? [zero, zero, zero, zero]
        : [i32x4.mul(correction, i32x4.constSplat(1 + 16 + 256)), i32x4.shl(correction, 4), i32x4.shl(correction, scaleOf2), zero];
    sums.forEach((sum, n) => run.set(sum, starts[n]!));
    run.set(input, scratch);
    run.doWhile(
      () => {
        for (let pair = 0; pair < TURN_PAIRS; pair++) {
          run.set(spread, v128.load32Splat(input, 4 * pair));
          quartersOf(pair * PAIR_BYTES[form]).forEach((quarter, n) => run.set(sums[n]!, i32x4.add(sums[n]!, i32x4.dotI16x8S(quarter, spread))));
        }
        run.set(weight, i32.add(weight, TURN_PAIRS * PAIR_BYTES[form]));
        run.set(input, i32.add(input, 4 * TURN_PAIRS));
      },
      () => i32.ltU(input, end),
    );
    if (form === 'nibbles') separateNibbles();
    sums.forEach((sum, n) => run.do(v128.store(result, sum, 16 * n)));
    run.set(result, i32.add(result, 4 * ROWS));
  };

  const frame = run.let<'i32'>(x);
  const column = run.let<'i32'>(c);
  const left = run.let<'i32'>(frames);
  run.doWhile(
    () => {
      widenFrame(run, k, activations, scratch, frame);
      if (form === 'nibbles') sumInputs();
      run.set(weight, weights);
      run.set(result, sumsAt);
      run.doWhile(sumRows, () => i32.ltU(result, sumsAt + 4 * paddedRows(m)));
      storeColumn(run, { from: sumsAt, rows: m, elementShift, resultShift: 2, to: column });
      run.set(frame, i32.add(frame, 1));
      run.set(column, i32.add(column, 1 << elementShift));
      run.set(left, i32.sub(left, 1));
    },
    () => left,
  );
}

/** The kernel for a pair of types. */
export function outputs(weights: WeightType, activations: ActivationType, accumulator: Accumulator): GemmKernel {
  const form = formOf(weights);
  return {
    name: `gemm_${weights}x${activations}_${accumulator}__outputs`,
    op: 'gemm',
    weights,
    activations,
    accumulator,
    summary: `Dot products of 16-bit pairs with 16 rows on the lanes, one frame at a time; weights in ${form === 'nibbles' ? '4' : '8'} bits.`,
    requires: ['simd'],
    limits: { k: Math.min(depthLimit(weights, activations, accumulator), form === 'nibbles' ? scaledDepth(16) : MAXIMUM_EXTENT) },
    pays: { m: 1, t: 1 },
    // A fifth more than the products: weights are taken apart or widened. Of a clip, inputs and results are taken and stored one by one.
    steps: ({ m, k, t }) => ({ dot16: (1.2 * paddedRows(m) * paddedDepth(k) * t) / 8, vector: t === 1 ? (k + m) / 4 : 2.5 * (k + m) * t }),
    weightBytes: (shape) => weightBytes(shape, form),
    scratchBytes: ({ m, k }) => 2 * frameInputs(k) + 4 * paddedRows(m),
    packWeights: (rows, shape) => packWeights(unpackRows(rows, shape.m, shape.k, weights), shape, form),
    build: (shape, target) => buildRun(target, (run) => build(shape, { activations, accumulator, form }, target.scratch, run)),
  };
}
