/** The list of depthwise kernels, best known first within what they compute; tests, selection and documentation walk it. */
import type { DepthwiseShape, DepthwiseTypes } from './depthwise.ts';
import { BYTE_TAPS, byteLanes, packMasks } from './depthwise-bytes.wasm.ts';
import { dot16Lanes, packTaps } from './depthwise-dot16.wasm.ts';
import { type DepthwiseKernel, sumLimit } from './depthwise-kernel.ts';
import { floatLanes, wordLanes } from './depthwise-lanes.wasm.ts';
import { buildDepthwise, type DepthwiseLanes, depthwiseScratchBytes, depthwiseWeightBytes, packDepthwise } from './depthwise.wasm.ts';
import { storeSums } from './row-store.wasm.ts';

interface Implementation extends Pick<DepthwiseKernel, 'summary' | 'packWeights'> {
  readonly name: string;
  readonly lanes: DepthwiseLanes;
  readonly computes?: (shape: DepthwiseShape) => boolean;
}

const kernel = ({ weights, activations }: DepthwiseTypes, { name, summary, lanes, packWeights, computes = () => true }: Implementation): DepthwiseKernel => ({
  name: `depthwise_${weights}x${activations}_${lanes.accumulator}__${name}`,
  op: 'depthwise',
  weights,
  activations,
  accumulator: lanes.accumulator,
  summary,
  requires: ['simd'],
  computes: (shape) => shape.weightSum <= sumLimit(activations, lanes.accumulator) && computes(shape),
  weightBytes: (shape) => depthwiseWeightBytes(shape, lanes),
  scratchBytes: (shape) => depthwiseScratchBytes(shape, lanes),
  packWeights,
  build: (shape, target, last = storeSums(lanes.accumulator)) => buildDepthwise(shape, lanes, target, last),
});

const bytes = (activations: '1' | 'sign'): DepthwiseKernel =>
  kernel(
    { weights: '1', activations },
    {
      name: 'bytes',
      summary: 'No products: signs masked by the weights and summed in bytes, sixteen frames to a vector.',
      lanes: byteLanes(activations),
      packWeights: (values, shape) => packMasks(values, shape, activations),
      computes: ({ taps }) => taps <= BYTE_TAPS,
    },
  );

const integers = (types: DepthwiseTypes, name: string, lanes: DepthwiseLanes, summary: string): DepthwiseKernel =>
  kernel(types, { name, summary, lanes, packWeights: (values, shape) => packTaps(values, shape, types.activations, lanes) });

const BYTES = ['1', 'sign', 'int8'] as const;

/** Every depthwise convolution. */
export const DEPTHWISE_KERNELS: readonly DepthwiseKernel[] = [
  bytes('1'),
  bytes('sign'),
  ...(['1', 'ternary', 'int4', 'int5', 'int8'] as const).flatMap((weights) =>
    BYTES.flatMap((activations) => [
      integers({ weights, activations }, 'lanes', wordLanes, 'One 16-bit product per tap and frame, eight frames to a vector.'),
      integers({ weights, activations }, 'dot16', dot16Lanes, 'Dot products of 16-bit pairs: two taps of four frames to an instruction.'),
    ]),
  ),
  kernel(
    { weights: 'f32', activations: 'f32' },
    {
      name: 'lanes',
      summary: 'One product and one addition per tap, four frames to a vector, in the order of the taps.',
      lanes: floatLanes,
      packWeights: (values, shape) =>
        packDepthwise(shape, floatLanes, (view, at, channel) => {
          for (let tap = 0; tap < shape.taps; tap++) view.setFloat32(at + 4 * tap, values[channel * shape.taps + tap]!, true);
        }),
    },
  ),
];
