/**
 * 1-bit weights times 8-bit values on cores without a vector unit: for every six inputs, a table of the sums of all 64 subsets; each output
 * looks up the subset of its positive weights. One word of weights holds the subsets of five outputs. z = 2 * (sum of the subset) - (sum of all).
 * A block of two frames keeps both sums in one word, the second one 65536 times, which plain additions do not disturb.
 *
 * Costs per 128 products and frame: lookups 128 * 3.4 / 6 / frames, tables 128 * 2.2 * 64 / 6 / outputs / frames.
 */
import type { Core } from '../../cores.ts';
import { integerWeights, type WeightedStep } from '../integer-weights.ts';
import { type ArmKernel, type ArmStep, elementOf } from '../kernel.ts';

/** Inputs of a table. */
const GROUP = 6;
/** Outputs of a word of weights. */
const OUTPUTS = 5;
/** Tables that are kept at a time. */
const TABLES = 22;
/** Sums of this many 8-bit values fit 16 bits. */
const PAIRED_INPUTS = 256;

const isMicrocontroller = ({ architecture }: Core): boolean => architecture.includes('-m');
const stepOf = ({ step }: ArmStep): WeightedStep<'conv1d'> => step as WeightedStep<'conv1d'>;
const groupsOf = ({ inputChannels }: WeightedStep<'conv1d'>): number => Math.ceil(inputChannels / GROUP);

/** `[tap][pass of tables][five outputs][table]`; the subset of output i lies in bits 6 i + 2 and up, where it already is an offset in bytes. */
function subsets(step: WeightedStep<'conv1d'>): Uint32Array {
  const { channels, inputChannels, window } = step;
  const values = integerWeights(step);
  const groups = groupsOf(step);
  const words: number[] = [];
  for (let tap = 0; tap < window.kernel; tap++) {
    for (let first = 0; first < groups; first += TABLES) {
      for (let output = 0; output < channels; output += OUTPUTS) {
        for (let group = first; group < Math.min(groups, first + TABLES); group++) {
          let word = 0;
          for (let bit = 0; bit < GROUP * OUTPUTS; bit++) {
            const [row, input] = [output + Math.floor(bit / GROUP), group * GROUP + (bit % GROUP)];
            if (row < channels && input < inputChannels && values[(row * inputChannels + input) * window.kernel + tap]! > 0) word += 2 ** (bit + 2);
          }
          words.push(word);
        }
      }
    }
  }
  return Uint32Array.from(words);
}

/** Kernel for blocks of one or two frames. */
export function subsetSums(frames: 1 | 2): ArmKernel {
  const part = `conv1d_1xint8_subsets${frames === 1 ? '' : '2'}` as const;
  return {
    name: `conv1d_1xint8_i32__subsets${frames === 1 ? '' : '2'}`,
    summary: 'Looks up, for every output, the sum of the subset of six inputs that has positive weights.',
    op: 'conv1d',
    writes: 'accumulators',
    runsOn: isMicrocontroller,
    fits: ({ step, input }) =>
      step.op === 'conv1d' &&
      step.weights.bits === 1 &&
      elementOf(input.format) === 'int8_t' &&
      (frames === 1 || (step.inputChannels <= PAIRED_INPUTS && step.window.kernel === 1)),
    cost(arm) {
      const step = stepOf(arm);
      return step.window.kernel * groupsOf(step) * (170 + 4.2 * step.channels);
    },
    weights(arm) {
      const step = stepOf(arm);
      const shape = `${step.window.kernel} taps x ${groupsOf(step)} groups of ${GROUP} channels x ${Math.ceil(step.channels / OUTPUTS)} words of ${OUTPUTS} outputs`;
      return [{ role: 'subsets', type: 'uint32_t', values: subsets(step), shape }];
    },
    emit(arm) {
      const step = stepOf(arm);
      const sizes = [step.channels, step.window.kernel, step.inputChannels, groupsOf(step), Math.ceil(step.channels / OUTPUTS)].join(', ');
      return {
        parts: [part],
        functions: '',
        call: `bitvox_${part}(z, x, ${arm.array('subsets')}, ${sizes});`,
      };
    },
  };
}
