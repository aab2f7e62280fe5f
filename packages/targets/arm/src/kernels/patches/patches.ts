/**
 * 1-bit convolutions over planes: the bits of a window are gathered once for each output row, then compared with the weights of every output
 * plane a word at a time. Plain C; no instruction of any core is needed.
 */
import { rowLength } from '../integer-weights.ts';
import { type ArmKernel, elementOf, wordsOf } from '../kernel.ts';
import { arrayOf, tapsOutside } from '../portable/weights.ts';
import { conv2dOf, planesConstant } from './planes.ts';

/** Rows of a window that are moved at once. */
const MAXIMUM_ROWS = 31;

/** One word is 32 products. */
export const PATCHES_CONV2D: ArmKernel = {
  name: 'conv2d_1x1_i32__patches',
  summary: 'Gathers the bits of a window once for all output planes, then compares words of 32.',
  op: 'conv2d',
  writes: 'accumulators',
  runsOn: () => true,
  fits: ({ step, input }) =>
    step.op === 'conv2d' && step.weights.bits === 1 && elementOf(input.format) === 'uint32_t' && step.window.dilation === 1 && step.rows.kernel <= MAXIMUM_ROWS,
  cost(arm) {
    const { rows, inputChannels, channels, window } = conv2dOf(arm);
    const gathered = 40 * window.kernel * (inputChannels / rows.input);
    return rows.output * gathered + 17 * channels * wordsOf(rowLength(conv2dOf(arm)));
  },
  weights(arm) {
    const step = conv2dOf(arm);
    return arrayOf(1, tapsOutside(step), rowLength(step), `${step.channels / step.rows.output} planes`, 'products');
  },
  emit(arm) {
    const { text, pointer } = planesConstant(arm);
    const call = `{\n    uint32_t room[${2 * wordsOf(rowLength(conv2dOf(arm)))}];\n    bitvox_conv2d_1x1_patches(z, x, ${arm.array('signs')}, room, ${pointer});\n}`;
    return { parts: ['conv2d_1x1_patches'], functions: text, call };
  },
};
