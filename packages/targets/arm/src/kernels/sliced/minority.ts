/**
 * Pointwise 1-bit layers on cores without a vector unit: the weights of those channels are counted, bit-sliced, whose sign is the rarer one in
 * the frame, at most half of them. What the others would add is known from the number of positive weights of each output.
 */
import { integerWeights, type WeightedStep } from '../integer-weights.ts';
import { type ArmKernel, wordsOf } from '../kernel.ts';
import { isBinary, isMicrocontroller, slicedWeights } from './sliced.ts';

/** Half of these, rounded up, are counted in a byte. */
const MAXIMUM_CHANNELS = 510;

/** A word of zeros behind every group, for lists that are no multiple of eight long. */
function withZeros(words: Uint32Array, channels: number): Uint32Array {
  const groups = words.length / channels;
  const padded = new Uint32Array(words.length + groups);
  for (let group = 0; group < groups; group++) padded.set(words.subarray(group * channels, (group + 1) * channels), group * (channels + 1));
  return padded;
}

/** Positive weights of every output. */
function positives(step: WeightedStep<'conv1d'>): Int16Array {
  const values = integerWeights(step);
  return Int16Array.from({ length: step.channels }, (_, output) =>
    values.subarray(output * step.inputChannels, (output + 1) * step.inputChannels).reduce((count, value) => count + (value > 0 ? 1 : 0), 0),
  );
}

/** One word is 32 outputs. */
export const MINORITY_CONV1D: ArmKernel = {
  name: 'conv1d_1x1_i32__minority',
  summary: 'Counts, 32 outputs at a time, only the weights of the channels whose sign is rarer in the frame.',
  op: 'conv1d',
  writes: 'accumulators',
  runsOn: isMicrocontroller,
  fits: (arm) =>
    isBinary(arm) &&
    arm.step.channels % 32 === 0 &&
    arm.step.window.kernel === 1 &&
    arm.step.window.padding[0] === 0 &&
    arm.step.inputChannels <= MAXIMUM_CHANNELS,
  cost: ({ step }) => 8 * step.inputChannels + wordsOf(step.channels) * (4.5 * step.inputChannels + 380),
  weights(arm) {
    const step = arm.step as WeightedStep<'conv1d'>;
    const { channels, inputChannels } = step;
    const shape = `${channels / 32} groups of 32 outputs x ${inputChannels} channels and a word of zeros`;
    return [
      { role: 'signs', type: 'uint32_t', values: withZeros(slicedWeights(step), inputChannels), shape },
      { role: 'positive', type: 'int16_t', values: positives(step), shape: `${channels} outputs` },
    ];
  },
  emit: ({ step, array }) => ({
    parts: ['conv1d_1x1_minority'],
    functions: '',
    call: `bitvox_conv1d_1x1_minority(z, x[0], ${array('signs')}, ${array('positive')}, ${step.channels}, ${step.inputChannels});`,
  }),
};
