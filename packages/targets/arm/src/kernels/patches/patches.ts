/**
 * 1-bit convolutions over planes: the bits of a window are gathered once for each output row, then compared with the weights of every output
 * plane a word at a time. Plain C; no instruction of any core is needed.
 */
import { integerWeights, rowLength, type WeightedStep } from '../integer-weights.ts';
import { type ArmKernel, elementOf, wordsOf } from '../kernel.ts';
import { arrayOf } from '../portable/weights.ts';

/** Rows of a window that are moved at once. */
const MAXIMUM_ROWS = 31;

const conv2dOf = ({ step }: Parameters<ArmKernel['weights']>[0]): WeightedStep<'conv2d'> => step as WeightedStep<'conv2d'>;

/** `[output plane][tap][input plane][kernel row]` of what is `[output plane][input plane][kernel row][tap]`. */
function patchOrder(values: Int8Array, { window, inputChannels, rows }: WeightedStep<'conv2d'>): Int8Array {
  const { kernel: taps } = window;
  const perTap = (inputChannels / rows.input) * rows.kernel;
  return values.map((_, at) => {
    const [within, tap, output] = [at % perTap, Math.floor(at / perTap) % taps, Math.floor(at / (perTap * taps))];
    return values[(output * perTap + within) * taps + tap]!;
  });
}

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
    return arrayOf(1, patchOrder(integerWeights(step), step), rowLength(step), `${step.channels / step.rows.output} planes`, 'products');
  },
  emit(arm) {
    const { rows, inputChannels, channels, window } = conv2dOf(arm);
    const sizes = [inputChannels / rows.input, rows.input, rows.kernel, window.kernel, rows.stride, rows.top, channels / rows.output, rows.output];
    return {
      parts: ['conv2d_1x1_patches'],
      functions: `static const bitvox_planes ${arm.name}_planes = { ${sizes.join(', ')} };\n`,
      call: `{\n    uint32_t room[${2 * wordsOf(rowLength(conv2dOf(arm)))}];\n    bitvox_conv2d_1x1_patches(z, x, ${arm.array('signs')}, room, &${arm.name}_planes);\n}`,
    };
  },
};
