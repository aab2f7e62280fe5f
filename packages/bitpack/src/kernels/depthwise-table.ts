/** The list of depthwise kernels, best known first within what they compute; tests, selection and documentation walk it. */
import type { DepthwiseActivations, DepthwiseShape, DepthwiseTypes } from './depthwise.ts';
import { dot16Lanes, packTaps } from './depthwise-dot16.wasm.ts';
import { type DepthwiseKernel, tapLimit } from './depthwise-kernel.ts';
import { floatLanes, wordLanes } from './depthwise-lanes.wasm.ts';
import { packMasks, pairLanes } from './depthwise-pairs.wasm.ts';
import { buildDepthwise, type DepthwiseLanes, depthwiseScratchBytes, depthwiseWeightBytes, packDepthwise } from './depthwise.wasm.ts';

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
  computes: (shape) => shape.taps <= tapLimit(weights, activations, lanes.accumulator) && computes(shape),
  weightBytes: (shape) => depthwiseWeightBytes(shape, lanes),
  scratchBytes: (shape) => depthwiseScratchBytes(shape, lanes),
  packWeights,
  build: (shape, target, epilogue) => buildDepthwise(shape, lanes, target, epilogue),
});

const pairs = (activations: DepthwiseActivations): DepthwiseKernel =>
  kernel(
    { weights: '1', activations },
    {
      name: 'pairs',
      summary: 'No products: bytes masked by the weights, two neighbouring taps of eight frames summed by one pairwise addition.',
      lanes: pairLanes(activations),
      packWeights: (values, shape) => packMasks(values, shape, activations),
      computes: ({ dilation, stride }) => dilation === 1 && stride === 1,
    },
  );

const integers = (types: DepthwiseTypes, name: string, lanes: DepthwiseLanes, summary: string): DepthwiseKernel =>
  kernel(types, { name, summary, lanes, packWeights: (values, shape) => packTaps(values, shape, types.activations, lanes) });

const BYTES = ['1', 'sign', 'int8'] as const;

/** Every depthwise convolution. */
export const DEPTHWISE_KERNELS: readonly DepthwiseKernel[] = [
  ...BYTES.map(pairs),
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
