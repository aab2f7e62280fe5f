/**
 * Any weights × any activations by the matrix product: the pixels under every tap are gathered as rows of activations,
 *
 *     columns[(c, i, j)][y, x] = X[c][y·stride + i·dilation − top][x·stride + j·dilation − left],
 *
 * a piece of the output at a time so that they stay in a cache, and multiplied by the kernel that `select.ts` chooses. Where
 * there is one tap and nothing lies outside, the plane is the columns already, and the convolution is the product itself.
 * A single output takes one grid per channel, its window, instead of one per tap. Bits with zero padding are corrected afterwards (`conv-border.wasm.ts`).
 */
import { type Capabilities, i32 } from '@bitvox/wasm';
import { EXTRA_BYTES, type WeightType } from '../layout.ts';
import { unpackRows } from '../pack-rows.ts';
import { candidateGemms, type GemmChoice, selectGemm } from '../select.ts';
import { borderBytes, buildBorder, type ConvBorder, convBorder, NO_BORDER, packBorder } from './conv-border.wasm.ts';
import { copyGrid, type GridForm, gridSlack } from './conv-grid.wasm.ts';
import { buildFunction, type ConvBinding, type ConvKernel, type ConvRun, repeat } from './conv-kernel.ts';
import { gridSource, SOURCE_BYTES, sourceBytes } from './conv-planes.ts';
import { type ConvShape, depthOf, isPointwise, oncePerShape, outputPair, type Tap, tapsOf } from './conv-shape.ts';
import type { GemmShape } from './gemm-1x1.ts';
import { accumulatorShift, type GemmAccumulator, type GemmActivations, type GemmKernel, type KernelTarget, roundUp } from './kernel.ts';

/** Bytes of gathered columns that leave room for the rest in a second-level cache. */
const COLUMN_BYTES = 128 << 10;
/** Pixels of a piece, whatever their depth: fewer leave lanes of the products unused. */
const LEAST_PIXELS = 64;

/** What is convolved, and how pixels are moved. */
interface GatherTypes {
  readonly weights: WeightType;
  readonly activations: GemmActivations;
  readonly accumulator: GemmAccumulator;
  readonly vectors: boolean;
}

/** Rows and columns of the output that are computed together: whole rows, or a part of one. */
interface Piece {
  readonly rows: number;
  readonly columns: number;
}

function pieceOf(shape: ConvShape): Piece {
  const [height, width] = outputPair(shape);
  const pixels = Math.max(LEAST_PIXELS, Math.floor(COLUMN_BYTES / depthOf(shape)));
  if (isPointwise(shape)) return { rows: height, columns: width };
  if (width <= pixels) return { rows: Math.min(height, Math.floor(pixels / width)), columns: width };
  return { rows: 1, columns: Math.ceil(width / Math.ceil(width / pixels)) };
}

/** What −1 looks like among the activations; a bit 0 stands for it. */
const MINUS_ONE: Readonly<Record<GemmActivations, number>> = { '1': 0, int8: -1, f32: new Int32Array(Float32Array.of(-1).buffer)[0]! };
const pixelBytes = ({ activations }: GatherTypes): 1 | 4 => (activations === 'f32' ? 4 : 1);

/** What engines without vectors can do, so that one kernel is one thing everywhere. */
const NO_VECTORS: Capabilities = { simd: false, relaxedSimd: false, relaxedDot: false, threads: false, bulkMemory: false };
const choiceOf = (types: GatherTypes): GemmChoice => (types.vectors ? types : { ...types, capabilities: NO_VECTORS });

interface GatherPlan {
  readonly piece: Piece;
  readonly gemm: GemmKernel;
  readonly gemmShape: GemmShape;
  readonly border: ConvBorder;
  /** Addresses within the weights, behind those of the product, and their size. */
  readonly weights: { readonly sources: number; readonly border: number; readonly bytes: number };
  /** Address of the columns within the scratch, behind that of the product, and its size. */
  readonly scratch: { readonly columns: number; readonly bytes: number };
}

/** What is gathered per channel, in this order. */
interface Grids {
  /** The convolution whose grids they are. */
  readonly shape: ConvShape;
  readonly taps: readonly Tap[];
  readonly columns: number;
}

/** The taps of a single output are the pixels of one grid, as far apart as the dilation says. */
function gridsOf(shape: ConvShape): Grids {
  const [height, width] = outputPair(shape);
  if (isPointwise(shape)) return { shape, taps: [], columns: width };
  if (height * width === 1) return { shape: { ...shape, stride: shape.dilation }, taps: [{ down: 0, right: 0 }], columns: shape.taps[1] };
  return { shape, taps: tapsOf(shape), columns: width };
}

function gemmShapeOf(shape: ConvShape): GemmShape {
  const { rows, columns } = pieceOf(shape);
  return { m: shape.outputs, k: depthOf(shape), t: rows * columns };
}

function planGather(types: GatherTypes, shape: ConvShape): GatherPlan {
  const gemmShape = gemmShapeOf(shape);
  const gemm = selectGemm(gemmShape, choiceOf(types));
  const border = shape.rule === 'zero' && types.activations === '1' ? convBorder(shape) : NO_BORDER;
  const [grids, pixel, gathers] = [gridsOf(shape), pixelBytes(types), Number(!isPointwise(shape))];
  const sources = roundUp(gemm.weightBytes(gemmShape), 16);
  const borderAt = sources + grids.taps.length * SOURCE_BYTES;
  const columns = roundUp(gemm.scratchBytes(gemmShape), 16);
  return {
    piece: pieceOf(shape),
    gemm,
    gemmShape,
    border,
    weights: { sources, border: borderAt, bytes: borderAt + borderBytes(shape, border) },
    // Products may read beyond the columns as they may beyond a caller's activations.
    scratch: { columns, bytes: columns + gathers * (gemmShape.k * gemmShape.t * pixel + Math.max(gridSlack(grids.columns, pixel), EXTRA_BYTES)) },
  };
}

function packWeights(rows: Uint8Array, shape: ConvShape, types: GatherTypes, { gemm, gemmShape, border, weights }: GatherPlan): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(weights.bytes);
  bytes.set(gemm.packWeights(rows, gemmShape));
  const grids = gridsOf(shape);
  bytes.set(sourceBytes(grids.taps.map((tap) => gridSource(grids.shape, grids.columns, tap))), weights.sources);
  if (border.pixels.length > 0) bytes.set(packBorder(unpackRows(rows, shape.outputs, depthOf(shape), types.weights), shape, border), weights.border);
  return bytes;
}

const GATHER_PARAMETERS = ['sources', 'x', 'xStride', 'columns', 'firstRow', 'rows', 'firstColumn', 'width'] as const;

/** All grids of all channels, a piece of each. */
function buildGather({ shape, taps }: Grids, target: KernelTarget, form: GridForm): Uint8Array<ArrayBuffer> {
  return buildFunction(target, GATHER_PARAMETERS, (run) => {
    const { sources, x: channel, xStride, columns: to, firstRow, rows, firstColumn, width } = run.params;
    const source = run.local('i32');
    repeat(run, shape.channels, () => {
      run.set(source, sources);
      repeat(run, taps.length, () => {
        copyGrid(run, shape, form, { channel, source, firstRow, rows, firstColumn, columns: width, to });
        run.set(source, i32.add(source, SOURCE_BYTES));
      });
      run.set(channel, i32.add(channel, i32.mul(xStride, form.pixelBytes)));
    });
  });
}

/** Gathers, multiplies and corrects, piece by piece. */
function bind(shape: ConvShape, accumulator: GemmAccumulator, plan: GatherPlan, { weights, scratch, functions }: ConvBinding): ConvRun {
  const [height, width] = outputPair(shape);
  const { piece, border } = plan;
  const rest = [...functions];
  const gather = isPointwise(shape) ? undefined : rest.shift()!;
  const [product, correct] = rest;
  const [columns, element] = [scratch + plan.scratch.columns, 1 << accumulatorShift(accumulator)];
  return (x, xStride, y, yStride) => {
    if (gather === undefined) product!(weights, x, xStride, y, yStride, height * width);
    else if (height * width === 1) {
      gather(weights + plan.weights.sources, x, xStride, columns, 0, shape.taps[0], 0, shape.taps[1]);
      product!(weights, columns, 1, y, yStride, 1);
    } else {
      for (let row = 0; row < height; row += piece.rows) {
        const rows = Math.min(piece.rows, height - row);
        for (let column = 0; column < width; column += piece.columns) {
          const count = Math.min(piece.columns, width - column);
          gather(weights + plan.weights.sources, x, xStride, columns, row, rows, column, count);
          product!(weights, columns, rows * count, y + (row * width + column) * element, yStride, rows * count);
        }
      }
    }
    if (border.pixels.length > 0) correct!(weights + plan.weights.border, y, yStride);
  };
}

/** The kernel for a pair of types. */
export function gather(weights: WeightType, activations: GemmActivations, accumulator: GemmAccumulator, vectors: boolean): ConvKernel {
  const types: GatherTypes = { weights, activations, accumulator, vectors };
  const planOf = oncePerShape((shape) => planGather(types, shape));
  const formOf = ({ rule }: ConvShape): GridForm => ({ vectors, pixelBytes: pixelBytes(types), outside: rule === 'minus-one' ? MINUS_ONE[activations] : 0 });
  return {
    name: `conv2d_${weights}x${activations}_${accumulator}__gather${vectors ? '' : 'bytes'}`,
    op: 'conv2d',
    weights,
    activations,
    accumulator,
    summary: `Pixels under the taps gathered ${vectors ? 'in vectors' : 'one by one'}, a piece of the output at a time, then the matrix product.`,
    requires: vectors ? ['simd'] : [],
    computes: (shape) => candidateGemms(gemmShapeOf(shape), choiceOf(types)).length > 0,
    pays: () => true,
    weightBytes: (shape) => planOf(shape).weights.bytes,
    scratchBytes: (shape) => planOf(shape).scratch.bytes,
    packWeights: (rows, shape) => packWeights(rows, shape, types, planOf(shape)),
    modules: (shape) => 1 + Number(!isPointwise(shape)) + Number(planOf(shape).border.pixels.length > 0),
    build: (shape, target) => {
      const { gemm, gemmShape, border } = planOf(shape);
      return [
        ...(isPointwise(shape) ? [] : [buildGather(gridsOf(shape), target, formOf(shape))]),
        gemm.build(gemmShape, target),
        ...(border.pixels.length === 0 ? [] : [buildBorder(shape, target, accumulator, border)]),
      ];
    },
    bind: (shape, binding) => bind(shape, accumulator, planOf(shape), binding),
  };
}
