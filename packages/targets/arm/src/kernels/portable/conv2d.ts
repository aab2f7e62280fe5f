/**
 * `conv2d`: sums over planes, rows and frames in plain C, over every mix of weights and activations. A function for every layer, because the
 * geometry of its planes is worth more to a compiler as constants.
 */
import type { PartName } from '../../parts.ts';
import { integerWeights, rowLength, type WeightedStep } from '../integer-weights.ts';
import { type ArmKernel, type ArmStep, elementOf } from '../kernel.ts';
import { arrayOf } from './weights.ts';

const BITS_PART: readonly PartName[] = ['bits'];
/** Instructions per product. */
const INSTRUCTIONS = { '1x1': 14, '1xint8': 10, '8x1': 10, '8xint8': 7 } as const;

/** The C function of a layer; `weights` is `[output plane][input plane][kernel row][tap]`, a tap that is 0 lies in the padding. */
function sumsFunction({ step, name, input, array }: ArmStep, bits: 1 | 8): string {
  const { rows, window, inputChannels, channels } = step as WeightedStep<'conv2d'>;
  const length = rowLength(step as WeightedStep<'conv2d'>);
  const isBinary = elementOf(input.format) === 'uint32_t';
  const role = bits === 1 ? 'signs' : 'values';
  const at = `(i * ${rows.kernel} + j) * ${window.kernel} + k`;
  const weight = bits === 1 ? `bitvox_sign(${role}, ${at})` : `${role}[${at}]`;
  const value = isBinary ? `bitvox_sign(x[k], i * ${rows.input} + row)` : `x[k][i * ${rows.input} + row]`;
  return `/* z[o][r] = sum over input planes i, kernel rows j and taps k; rows outside of a plane contribute nothing. */
static void ${name}_sums(int32_t *z, const ${elementOf(input.format)} *const *x)
{
    const ${bits === 1 ? 'uint32_t' : 'int8_t'} *${role} = ${array(role)};
    int32_t o, r, i, j, k;
    for (o = 0; o < ${channels / rows.output}; ++o, ${role} += ${bits === 1 ? Math.ceil(length / 32) : length}) {
        for (r = 0; r < ${rows.output}; ++r) {
            int32_t sum = 0;
            for (j = 0; j < ${rows.kernel}; ++j) {
                const int32_t row = r * ${rows.stride} + j - ${rows.top};
                if (row < 0 || row >= ${rows.input}) continue;
                for (k = 0; k < ${window.kernel}; ++k) {
                    if (x[k] == 0) continue;
                    for (i = 0; i < ${inputChannels / rows.input}; ++i) sum += ${weight} * ${value};
                }
            }
            *z++ = sum;
        }
    }
}
`;
}

function portable(bits: 1 | 8, activations: '1' | 'int8'): ArmKernel {
  const types = `${bits}x${activations}` as const;
  return {
    name: `conv2d_${types}_i32__portable`,
    summary: 'Plain C loops over planes, rows and frames, one product after the other.',
    op: 'conv2d',
    writes: 'accumulators',
    runsOn: () => true,
    fits: ({ step, input }) =>
      step.op === 'conv2d' && step.weights.bits === bits && step.window.dilation === 1 && (elementOf(input.format) === 'uint32_t') === (activations === '1'),
    cost: ({ step }) => INSTRUCTIONS[types] * step.channels * rowLength(step as WeightedStep<'conv2d'>),
    weights({ step }) {
      const weighted = step as WeightedStep<'conv2d'>;
      const columns = rowLength(weighted);
      return arrayOf(bits, integerWeights(weighted), columns, `${step.channels / weighted.rows.output} planes`, 'products');
    },
    emit: (arm) => ({
      parts: types === '8xint8' ? [] : BITS_PART,
      functions: sumsFunction(arm, bits),
      call: `${arm.name}_sums(z, x);`,
    }),
  };
}

/** Every mix of 1-bit and 8-bit weights and activations. */
export const PORTABLE_CONV2D: readonly ArmKernel[] = ([1, 8] as const).flatMap((bits) =>
  (['1', 'int8'] as const).map((activations) => portable(bits, activations)),
);
