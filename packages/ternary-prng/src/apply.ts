/**
 * y = R x without R: each output is a sum of inputs minus a sum of inputs. No multiplication, no weight is read.
 *
 * For every row and frame: start from +0, add the inputs of the +1 columns in the order of `rowIndices`, then subtract those of the -1
 * columns. f32: every step is rounded to nearest even. i16: every step wraps modulo 2^16, so the result is exact whenever
 * (non-zeros of the row) * max |x| <= 32767, which holds for int8 inputs and up to 255 non-zeros.
 * Invariant: the order is part of the definition; every kernel gives these bits.
 */
import { TernaryPrngError } from './errors.ts';
import { everyRow } from './matrix.ts';
import { planTernary, type TernaryMatrixSpec } from './spec.ts';

/** Frames of activations, [channel][time], time contiguous. */
export type TernaryFrames = Float32Array | Int16Array;

/** All that applying needs of numbers. */
export interface TernaryArithmetic {
  add(sum: number, value: number): number;
  subtract(sum: number, value: number): number;
}

const F32: TernaryArithmetic = { add: (sum, value) => Math.fround(sum + value), subtract: (sum, value) => Math.fround(sum - value) };
const I16: TernaryArithmetic = { add: (sum, value) => ((sum + value) << 16) >> 16, subtract: (sum, value) => ((sum - value) << 16) >> 16 };

/**
 * Applies a random ternary matrix to frames; the readable reference of every kernel.
 *
 * @param spec the matrix, [rows][columns]
 * @param x inputs, [columns][frames]
 * @param y outputs, [rows][frames], of the type of `x`; overwritten; not the memory of `x`
 * @param arithmetic for counting or tracing; the one of the frames' type unless told
 * @returns `y`
 * @throws TernaryPrngError TERNARY_PRNG_SPEC, TERNARY_PRNG_FRAMES
 */
export function applyTernary<Frames extends TernaryFrames>(spec: TernaryMatrixSpec, x: Frames, y: Frames, arithmetic?: TernaryArithmetic): Frames {
  const { plan, frames, add, subtract } = prepare(spec, x, y, arithmetic);
  let start = 0;
  for (const { plus, minus } of everyRow(plan)) {
    for (let frame = 0; frame < frames; frame++) {
      let sum = 0;
      for (const column of plus) sum = add(sum, x[column * frames + frame]);
      for (const column of minus) sum = subtract(sum, x[column * frames + frame]);
      y[start + frame] = sum;
    }
    start += frames;
  }
  return y;
}

/**
 * x = Rᵀ y, for each column and frame: start from +0, then in the order of rows add the values of those that hold +1 there, and subtract those
 * that hold -1. This is the gradient of {@link applyTernary} with respect to its inputs; there is none with respect to R.
 *
 * @param spec the matrix, [rows][columns]
 * @param x gets the sums, [columns][frames]
 * @param y [rows][frames], of the type of `x`; not the memory of `x`
 * @param arithmetic for counting or tracing; the one of the frames' type unless told
 * @returns `x`
 * @throws TernaryPrngError TERNARY_PRNG_SPEC, TERNARY_PRNG_FRAMES
 */
export function applyTernaryTransposed<Frames extends TernaryFrames>(spec: TernaryMatrixSpec, x: Frames, y: Frames, arithmetic?: TernaryArithmetic): Frames {
  const { plan, frames, add, subtract } = prepare(spec, x, y, arithmetic);
  x.fill(0);
  let start = 0;
  for (const { plus, minus } of everyRow(plan)) {
    for (const [columns, operation] of [[plus, add] as const, [minus, subtract] as const]) {
      for (const column of columns) {
        const to = column * frames;
        for (let frame = 0; frame < frames; frame++) x[to + frame] = operation(x[to + frame], y[start + frame]);
      }
    }
    start += frames;
  }
  return x;
}

function prepare(spec: TernaryMatrixSpec, x: TernaryFrames, y: TernaryFrames, arithmetic?: TernaryArithmetic) {
  const plan = planTernary(spec);
  const frames = x.length / plan.columns;
  const sameType = x instanceof Float32Array ? y instanceof Float32Array : x instanceof Int16Array && y instanceof Int16Array;
  if (!sameType || !Number.isInteger(frames) || frames === 0 || y.length !== plan.rows * frames) {
    throw new TernaryPrngError('TERNARY_PRNG_FRAMES', `x of ${x.length} and y of ${y.length} for a matrix of ${plan.rows} x ${plan.columns}.`);
  }
  return { plan, frames, ...(arithmetic ?? (x instanceof Float32Array ? F32 : I16)) };
}
