/**
 * Weights of any type × int8 activations by 16-bit dot products, frames on the lanes.
 *
 * A panel of 8 frames is interleaved along K once per tile, 16-bit pairs [x(k, j), x(k + 1, j)]; a pair of weights of one row
 * is spread over a vector, so that one dot product adds two inputs for four frames. Four rows by eight frames are summed at
 * once in 32 bits, which is exact: |w·x| <= 2^14, two of them fit.
 * Weights: i16 `[m / 4][k / 2][4 rows][2]`, missing rows and an odd last input 0.
 */
import { type Expr, i32, i32x4, type Local, v128 } from '@bitvox/wasm';
import type { WeightType } from '../layout.ts';
import { unpackRows } from '../pack-rows.ts';
import type { GemmShape } from './gemm-1x1.ts';
import { buildRun, depthLimit, type GemmKernel, roundUp, type RunBuilder } from './kernel.ts';
import { eachTile, tileBytes } from './tile.wasm.ts';

/** Rows computed together. */
const ROWS = 4;
/** Frames computed together: two vectors of four sums. */
const FRAMES = 8;
/** Bytes of one pair of inputs: in the weights of four rows, and in the panel. */
const [WEIGHT_BYTES, PANEL_BYTES] = [ROWS * 4, FRAMES * 4];

const pairs = (k: number): number => Math.ceil(k / 2);
const panelBytes = ({ k }: GemmShape): number => pairs(k) * PANEL_BYTES;
const tiling = ({ m }: GemmShape) => ({ rows: m, width: FRAMES, elementShift: 2 }) as const;
const weightBytes = ({ m, k }: GemmShape): number => (roundUp(m, ROWS) / ROWS) * pairs(k) * WEIGHT_BYTES;

function packWeights(values: Int8Array, shape: GemmShape): Uint8Array<ArrayBuffer> {
  const { m, k } = shape;
  const bytes = new Uint8Array(weightBytes(shape));
  const view = new DataView(bytes.buffer);
  for (let row = 0; row < m; row++) {
    const group = Math.floor(row / ROWS) * pairs(k);
    for (let depth = 0; depth < k; depth++) {
      const at = (group + (depth >> 1)) * WEIGHT_BYTES + (row % ROWS) * 4 + (depth & 1) * 2;
      view.setInt16(at, values[row * k + depth]!, true);
    }
  }
  return bytes;
}

const LOW_PAIRS = [0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23];
const HIGH_PAIRS = LOW_PAIRS.map((byte) => byte + 8);

/** Emits the panel of the 8 frames at `from`. */
function packPanel(run: RunBuilder, { k }: GemmShape, panel: number, from: Local<'i32'>): void {
  const { xStride } = run.params;
  const [row, to] = [run.let<'i32'>(from), run.let(i32.const(panel))];
  const [even, odd] = [run.local('v128'), run.local('v128')];
  const storePair = (): void => {
    run.do(v128.store(to, v128.shuffle(even, odd, LOW_PAIRS)));
    run.do(v128.store(to, v128.shuffle(even, odd, HIGH_PAIRS), 16));
  };
  if (k >= 2) {
    run.doWhile(
      () => {
        run.set(even, v128.load8x8S(row));
        run.set(row, i32.add(row, xStride));
        run.set(odd, v128.load8x8S(row));
        run.set(row, i32.add(row, xStride));
        storePair();
        run.set(to, i32.add(to, PANEL_BYTES));
      },
      () => i32.ltU(to, panel + (k >> 1) * PANEL_BYTES),
    );
  }
  if (k % 2 === 1) {
    run.set(even, v128.load8x8S(row));
    run.set(odd, v128.zero());
    storePair();
  }
}

function build(shape: GemmShape, scratch: number, run: RunBuilder): void {
  const { m } = shape;
  const [weight, pair, result, left] = [run.local('i32'), run.local('i32'), run.local('i32'), run.local('i32')];
  const frames = run.locals('v128', 2);
  const spread = run.local('v128');
  const sums = run.locals('v128', 2 * ROWS);

  const sumRows = (rows: number, outBytes: Expr<'i32'>): void => {
    for (const sum of sums.slice(0, 2 * rows)) run.set(sum, v128.zero());
    run.set(pair, scratch);
    run.doWhile(
      () => {
        frames.forEach((frame, half) => run.set(frame, v128.load(pair, 16 * half)));
        for (let row = 0; row < rows; row++) {
          run.set(spread, v128.load32Splat(weight, 4 * row));
          frames.forEach((frame, half) => {
            const sum = sums[2 * row + half]!;
            run.set(sum, i32x4.add(sum, i32x4.dotI16x8S(spread, frame)));
          });
        }
        run.set(weight, i32.add(weight, WEIGHT_BYTES));
        run.set(pair, i32.add(pair, PANEL_BYTES));
      },
      () => i32.ltU(pair, scratch + panelBytes(shape)),
    );
    for (let row = 0; row < rows; row++) {
      for (let half = 0; half < 2; half++) run.do(v128.store(result, sums[2 * row + half]!, 16 * half));
      run.set(result, i32.add(result, outBytes));
    }
  };

  eachTile(run, { ...tiling(shape), tile: scratch + panelBytes(shape) }, ({ from, out, outBytes }) => {
    packPanel(run, shape, scratch, from);
    run.set(weight, run.params.weights);
    run.set(result, out);
    if (m >= ROWS) {
      run.set(left, Math.floor(m / ROWS));
      run.doWhile(
        () => {
          sumRows(ROWS, outBytes);
          run.set(left, i32.sub(left, 1));
        },
        () => left,
      );
    }
    if (m % ROWS > 0) sumRows(m % ROWS, outBytes);
  });
}

/** The kernel for a type of weights. */
export const dot16 = (weights: WeightType): GemmKernel => ({
  name: `gemm_${weights}xint8_i32__dot16`,
  op: 'gemm',
  weights,
  activations: 'int8',
  accumulator: 'i32',
  summary: 'Dot products of 16-bit pairs, four rows by eight frames at a time; weights expanded to 16 bits.',
  requires: ['simd'],
  limits: { k: depthLimit(weights, 'int8', 'i32') },
  // Frames that are missing from a tile of 8 are computed all the same.
  pays: { m: 1, t: 4 },
  steps: ({ m, k, t }) => ({ dot16: roundUp(m, ROWS) * pairs(k) * (roundUp(t, FRAMES) / 4), vector: (pairs(k) + m) * (roundUp(t, FRAMES) / 4) }),
  weightBytes,
  scratchBytes: (shape) => panelBytes(shape) + tileBytes(tiling(shape)),
  packWeights: (rows, shape) => packWeights(unpackRows(rows, shape.m, shape.k, weights), shape),
  build: (shape, target) => buildRun(target, (run) => build(shape, target.scratch, run)),
});
