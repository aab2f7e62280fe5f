/**
 * 8-bit products by the dual multiplications of cores with the DSP extension: four channels a word, two products an instruction, four outputs
 * at a time so that the frame is unpacked once for all of them.
 */
import { integerWeights, type WeightedStep } from '../integer-weights.ts';
import type { ArmKernel } from '../kernel.ts';

/** `[group of 4 outputs][tap][word of 4 channels][output]`, the first channel in the lowest byte. */
function dualWeights(step: WeightedStep<'conv1d'>): Uint32Array {
  const { kernel } = step.window;
  const { inputChannels, channels } = step;
  const values = integerWeights(step);
  const bytes = new Uint8Array(values.length);
  let at = 0;
  for (let group = 0; group < channels; group += 4) {
    for (let tap = 0; tap < kernel; tap++) {
      for (let first = 0; first < inputChannels; first += 4) {
        for (let output = group; output < group + 4; output++) {
          for (let input = first; input < first + 4; input++) bytes[at++] = values[(output * inputChannels + input) * kernel + tap]!;
        }
      }
    }
  }
  return Uint32Array.from({ length: bytes.length / 4 }, (_, word) => new DataView(bytes.buffer).getUint32(4 * word, true));
}

/** Dense convolution of bytes. */
export const DUAL_CONV1D: ArmKernel = {
  name: 'conv1d_8xint8_i32__dual',
  summary: 'Two products an instruction, four outputs at a time.',
  op: 'conv1d',
  writes: 'accumulators',
  runsOn: ({ features }) => features.some((feature) => feature === 'dsp'),
  fits: ({ step, input }) =>
    step.op === 'conv1d' && step.weights.bits === 8 && input.format === 'i8' && step.inputChannels % 4 === 0 && step.channels % 4 === 0,
  cost: ({ step }) => Math.ceil(1.8 * step.channels * step.inputChannels * step.window.kernel) + 5 * step.channels,
  weights(arm) {
    const step = arm.step as WeightedStep<'conv1d'>;
    const shape = `${step.channels / 4} groups of 4 outputs x ${step.window.kernel} taps x ${step.inputChannels / 4} words of 4 channels x 4`;
    return [{ role: 'values', type: 'uint32_t', values: dualWeights(step), shape }];
  },
  emit: ({ step, array }) => ({
    parts: ['conv1d_8xint8_dual'],
    functions: '',
    call: `bitvox_conv1d_8xint8_dual(z, x, ${array('values')}, ${step.channels}, ${step.window.kernel}, ${step.inputChannels});`,
  }),
};
