/**
 * 8-bit products by the dual multiplications of cores with the DSP extension: four channels a word, two products an instruction, four outputs
 * at a time so that the frame is unpacked once for all of them.
 */
import type { Core } from '../../cores.ts';
import { rowLength, type WeightedStep } from '../integer-weights.ts';
import type { ArmKernel } from '../kernel.ts';
import { conv2dOf, planesConstant } from '../patches/planes.ts';
import { tapsOutside } from '../portable/weights.ts';

/** `[group of 4 outputs][word of 4 columns][output]`, the first column in the lowest byte, zeros behind the last. */
function dualWeights(step: WeightedStep<'conv1d' | 'conv2d'>): Uint32Array {
  const values = tapsOutside(step);
  const columns = rowLength(step);
  const words = Math.ceil(columns / 4);
  const packed = new Uint32Array((values.length / columns) * words);
  values.forEach((value, at) => {
    const [column, output] = [at % columns, Math.floor(at / columns)];
    const word = ((output >> 2) * words + (column >> 2)) * 4 + (output & 3);
    packed[word]! |= (value & 0xff) << (8 * (column & 3));
  });
  return packed;
}

/** Cores that have the instructions. */
const hasDual = ({ features }: Core): boolean => features.some((feature) => feature === 'dsp');

/** Dense convolution of bytes. */
export const DUAL_CONV1D: ArmKernel = {
  name: 'conv1d_8xint8_i32__dual',
  summary: 'Two products an instruction, four outputs at a time.',
  op: 'conv1d',
  writes: 'accumulators',
  runsOn: hasDual,
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

/** Convolution of bytes over planes: a dense layer over the window of each output row. */
export const DUAL_CONV2D: ArmKernel = {
  name: 'conv2d_8xint8_i32__dual',
  summary: 'Gathers the window of an output row, then two products an instruction, four output planes at a time.',
  op: 'conv2d',
  writes: 'accumulators',
  runsOn: hasDual,
  fits: ({ step, input }) =>
    step.op === 'conv2d' && step.weights.bits === 8 && input.format === 'i8' && step.window.dilation === 1 && (step.channels / step.rows.output) % 4 === 0,
  cost(arm) {
    const { channels, rows } = conv2dOf(arm);
    const columns = rowLength(conv2dOf(arm));
    return Math.ceil(rows.output * 12 * columns + 1.8 * channels * columns + 8 * channels);
  },
  weights(arm) {
    const { channels, rows } = conv2dOf(arm);
    const words = Math.ceil(rowLength(conv2dOf(arm)) / 4);
    const shape = `${channels / rows.output / 4} groups of 4 planes x ${words} words of 4 products x 4`;
    return [{ role: 'values', type: 'uint32_t', values: dualWeights(conv2dOf(arm)), shape }];
  },
  emit(arm) {
    const { channels, rows } = conv2dOf(arm);
    const { text, pointer } = planesConstant(arm);
    const room = `uint32_t room[${Math.ceil(rowLength(conv2dOf(arm)) / 4)}];\n    int32_t sums[${channels / rows.output}];`;
    const call = `{\n    ${room}\n    bitvox_conv2d_8xint8_dual(z, x, ${arm.array('values')}, room, sums, ${pointer});\n}`;
    return { parts: ['conv2d_8xint8_dual'], functions: text, call };
  },
};
