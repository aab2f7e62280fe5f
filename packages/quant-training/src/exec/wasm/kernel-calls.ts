/** The calls of operations that have kernels of their own: matrix products, convolutions and their gradients, pooling. */
import { CONVOLUTION_FORWARD_SCRATCH, convolutionForward } from '../../kernels/convolution/forward.ts';
import { CONVOLUTION_INPUT_GRADIENT_SCRATCH, convolutionInputGradient } from '../../kernels/convolution/input-gradient.ts';
import { CONVOLUTION_WEIGHT_GRADIENT_SCRATCH, convolutionWeightGradient } from '../../kernels/convolution/weight-gradient.ts';
import { depthwiseForward, depthwiseForwardScratch } from '../../kernels/depthwise/forward.ts';
import { depthwiseInputGradient, depthwiseInputGradientScratch } from '../../kernels/depthwise/input-gradient.ts';
import { depthwiseWeightGradient, depthwiseWeightGradientScratch } from '../../kernels/depthwise/weight-gradient.ts';
import { gemm, GEMM_SCRATCH_BYTES } from '../../kernels/gemm.ts';
import { type Geometry, geometryOf } from '../../kernels/geometry.ts';
import type { KernelLibrary } from '../../kernels/library.ts';
import { maxPool, maxPoolGradient, type PoolGeometry } from '../../kernels/max-pool.ts';
import { sizeOf } from '../../ir/shape.ts';
import type { ConvAttributes, Value } from '../../ir/types.ts';
import { isOp } from '../../ir/value.ts';
import type { Call, Storage } from './program.ts';

type Places = readonly [input0: Storage, input1: Storage, output: Storage];

function matmulCalls(library: KernelLibrary, value: Value<'matmul'>, [a, b, c]: Places): Call[] {
  const [rows, columns] = value.shape as [number, number];
  const { transposeA, transposeB } = value.attributes;
  const depth = value.inputs[0]!.shape[transposeA ? 0 : 1]!;
  const left = transposeA ? [4, rows * 4] : [depth * 4, 4];
  const right = transposeB ? [4, depth * 4] : [columns * 4, 4];
  const range = columns >= rows ? 'columns' : 'rows';
  return [
    {
      kernel: gemm(library, range).name,
      extent: range === 'columns' ? columns : rows,
      step: range === 'columns' ? 16 : 2,
      operands: [rows, columns, depth, a, ...left, b, ...right, c, columns * 4],
      scratchBytes: GEMM_SCRATCH_BYTES,
      work: rows * columns * depth,
    },
  ];
}

/** One convolution in its three directions: shapes of input, weight and output. */
interface Convolution {
  readonly geometry: Geometry;
  readonly input: readonly number[];
  readonly weight: readonly number[];
  readonly output: readonly number[];
  readonly groups: number;
}

function convolutionOf(input: readonly number[], weight: readonly number[], output: readonly number[], attributes: ConvAttributes): Convolution {
  return { geometry: geometryOf(input, output, [weight[2]!, weight[3]!], attributes), input, weight, output, groups: attributes.groups };
}

const isDepthwise = ({ input, weight, groups }: Convolution): boolean => weight[1] === 1 && groups === input[0] && groups === weight[0];
const workOf = ({ weight, output }: Convolution): number => sizeOf(weight.slice(1)) * sizeOf(output);

/** The part of a tensor that belongs to a group: its leading axis is divided evenly. */
function part({ buffer, offset }: Storage, shape: readonly number[], groups: number, group: number): Storage {
  return { buffer, offset: offset + (sizeOf(shape) / groups) * group };
}

/** One call for each group; `operands` gives the pieces of a group. */
function grouped(convolution: Convolution, call: Omit<Call, 'operands' | 'work'>, operands: (group: number) => readonly Storage[]): Call[] {
  return Array.from({ length: convolution.groups }, (_, group) => ({ ...call, operands: operands(group), work: workOf(convolution) / convolution.groups }));
}

function forwardCalls(library: KernelLibrary, convolution: Convolution, [x, w, y]: Places): Call[] {
  const { geometry, input, weight, output, groups } = convolution;
  if (isDepthwise(convolution)) {
    const scratchBytes = depthwiseForwardScratch(geometry);
    return [
      {
        kernel: depthwiseForward(library, geometry).name,
        extent: input[0]! * input[1]!,
        step: 1,
        operands: [x, w, y],
        scratchBytes,
        work: workOf(convolution),
      },
    ];
  }
  const kernel = convolutionForward(library, geometry, { inputs: weight[1]!, outputs: weight[0]! / groups }).name;
  const shared = { kernel, extent: sizeOf(output.slice(1)), step: 16, scratchBytes: CONVOLUTION_FORWARD_SCRATCH };
  return grouped(convolution, shared, (group) => [part(x, input, groups, group), part(w, weight, groups, group), part(y, output, groups, group)]);
}

function inputGradientCalls(library: KernelLibrary, convolution: Convolution, [dy, w, dx]: Places): Call[] {
  const { geometry, input, weight, output, groups } = convolution;
  if (isDepthwise(convolution)) {
    const scratchBytes = depthwiseInputGradientScratch(geometry);
    return [
      {
        kernel: depthwiseInputGradient(library, geometry).name,
        extent: input[0]! * input[1]!,
        step: 1,
        operands: [dy, w, dx],
        scratchBytes,
        work: workOf(convolution),
      },
    ];
  }
  const kernel = convolutionInputGradient(library, geometry, { inputs: weight[1]!, outputs: weight[0]! / groups }).name;
  const shared = { kernel, extent: input[1]!, step: 1, scratchBytes: CONVOLUTION_INPUT_GRADIENT_SCRATCH };
  return grouped(convolution, shared, (group) => [part(dy, output, groups, group), part(w, weight, groups, group), part(dx, input, groups, group)]);
}

function weightGradientCalls(library: KernelLibrary, convolution: Convolution, [x, dy, dw]: Places): Call[] {
  const { geometry, input, weight, output, groups } = convolution;
  if (isDepthwise(convolution)) {
    const scratchBytes = depthwiseWeightGradientScratch(geometry);
    return [
      { kernel: depthwiseWeightGradient(library, geometry).name, extent: input[0]!, step: 1, operands: [x, dy, dw], scratchBytes, work: workOf(convolution) },
    ];
  }
  const [taps, rows] = [sizeOf(weight.slice(1)), weight[0]! / groups];
  const range = taps >= 64 ? 'columns' : 'rows';
  const kernel = convolutionWeightGradient(library, geometry, { inputs: weight[1]!, outputs: rows }, range).name;
  const shared = { kernel, extent: range === 'columns' ? taps : rows, step: range === 'columns' ? 16 : 2, scratchBytes: CONVOLUTION_WEIGHT_GRADIENT_SCRATCH };
  return grouped(convolution, shared, (group) => [part(x, input, groups, group), part(dy, output, groups, group), part(dw, weight, groups, group)]);
}

function poolGeometry(input: readonly number[], output: readonly number[], attributes: Value<'max-pool'>['attributes']): PoolGeometry {
  return { input: [input[2]!, input[3]!], output: [output[2]!, output[3]!], ...attributes };
}

/** The calls of a value of kind `kernel`, whose operands and result lie at `places`. */
export function kernelCalls(library: KernelLibrary, value: Value, places: readonly Storage[]): readonly Call[] {
  const [first, second] = value.inputs.map(({ shape }) => shape) as [readonly number[], readonly number[]];
  const both = places as Places;
  const images = first[0]! * first[1]!;
  if (isOp(value, 'matmul')) return matmulCalls(library, value, both);
  if (isOp(value, 'conv')) return forwardCalls(library, convolutionOf(first, second, value.shape, value.attributes), both);
  if (isOp(value, 'conv-input-gradient')) return inputGradientCalls(library, convolutionOf(value.shape, second, first, value.attributes), both);
  if (isOp(value, 'conv-weight-gradient')) return weightGradientCalls(library, convolutionOf(first, value.shape, second, value.attributes), both);
  if (isOp(value, 'max-pool')) {
    const kernel = maxPool(library, poolGeometry(first, value.shape, value.attributes)).name;
    return [{ kernel, extent: images, step: 1, operands: places, scratchBytes: 0, work: sizeOf(first) * 2 }];
  }
  if (isOp(value, 'max-pool-gradient')) {
    const kernel = maxPoolGradient(library, poolGeometry(first, second, value.attributes)).name;
    return [{ kernel, extent: images, step: 1, operands: places, scratchBytes: 0, work: sizeOf(first) * 2 }];
  }
  throw new RangeError(`no kernel for ${value.op}`);
}
