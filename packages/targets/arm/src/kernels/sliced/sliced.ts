/**
 * Bit-sliced kernels for 1-bit weights and activations on cores without a vector unit: a word holds the same bit of 32 counts, so one logical
 * operation counts for 32 channels at a time. Plain C; no instruction of any core is needed.
 */
import type { Core } from '../../cores.ts';
import { integerWeights, type WeightedStep } from '../integer-weights.ts';
import { type ArmKernel, type ArmStep, elementOf, wordsOf } from '../kernel.ts';
import { depthwiseWeights } from '../portable/weights.ts';

/** Cores that gain from it. */
export const isMicrocontroller = ({ architecture }: Core): boolean => architecture.includes('-m');
/** A layer with 1-bit weights that reads signs. */
export const isBinary = ({ step, input }: ArmStep): boolean => 'weights' in step && step.weights.bits === 1 && elementOf(input.format) === 'uint32_t';

const MAXIMUM_TAPS = 15;
const MAXIMUM_INPUTS = 2047;

/** One word is 32 channels. */
export const SLICED_DEPTHWISE: ArmKernel = {
  name: 'depthwise-conv1d_1x1_i32__sliced',
  summary: 'Counts differing signs of 32 channels at a time in four words.',
  op: 'depthwise-conv1d',
  writes: 'accumulators',
  runsOn: isMicrocontroller,
  fits: (arm) => isBinary(arm) && arm.step.channels % 32 === 0 && arm.step.window.kernel <= MAXIMUM_TAPS,
  cost: ({ step }) => wordsOf(step.channels) * (15 * step.window.kernel + 230),
  weights: ({ step }) => depthwiseWeights(step as WeightedStep<'depthwise-conv1d'>),
  emit: ({ step, array }) => ({
    parts: ['depthwise_conv1d_1x1_sliced'],
    functions: '',
    call: `bitvox_depthwise_conv1d_1x1_sliced(z, x, ${array('signs')}, ${step.window.kernel}, ${wordsOf(step.channels)});`,
  }),
};

/** Words of 32 outputs: `[group][tap][channel]`. */
export function slicedWeights(step: WeightedStep<'conv1d'>): Uint32Array {
  const { kernel } = step.window;
  const { inputChannels, channels } = step;
  const values = integerWeights(step);
  const columns = inputChannels * kernel;
  const words = new Uint32Array((channels / 32) * columns);
  for (let output = 0; output < channels; output++) {
    for (let tap = 0; tap < kernel; tap++) {
      for (let input = 0; input < inputChannels; input++) {
        const word = (output >> 5) * columns + tap * inputChannels + input;
        if (values[output * columns + input * kernel + tap]! > 0) words[word]! |= 1 << (output & 31);
      }
    }
  }
  return words;
}

/** One word is 32 outputs. */
export const SLICED_CONV1D: ArmKernel = {
  name: 'conv1d_1x1_i32__sliced',
  summary: 'Counts differing signs for 32 outputs at a time with full adders, sixteen inputs in a round.',
  op: 'conv1d',
  writes: 'accumulators',
  runsOn: isMicrocontroller,
  fits(arm) {
    const { channels, inputChannels, window } = arm.step;
    return isBinary(arm) && channels % 32 === 0 && inputChannels % 16 === 0 && inputChannels * window.kernel <= MAXIMUM_INPUTS;
  },
  cost: ({ step }) => wordsOf(step.channels) * (9 * step.inputChannels * step.window.kernel + 560),
  weights(arm) {
    const step = arm.step as WeightedStep<'conv1d'>;
    const { kernel } = step.window;
    const shape = `${step.channels / 32} groups of 32 outputs x ${kernel} taps x ${step.inputChannels} channels`;
    return [{ role: 'signs', type: 'uint32_t', values: slicedWeights(step), shape }];
  },
  emit: ({ step, array }) => ({
    parts: ['conv1d_1x1_sliced'],
    functions: '',
    call: `bitvox_conv1d_1x1_sliced(z, x, ${array('signs')}, ${step.channels}, ${step.window.kernel}, ${step.inputChannels});`,
  }),
};
