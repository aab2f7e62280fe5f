/** Portable kernels of `conv1d` and `depthwise-conv1d`: loops in plain C over every mix of weights and activations. */
import type { PartName } from '../../parts.ts';
import type { WeightedStep } from '../integer-weights.ts';
import { type ArmKernel, type ArmStep, elementOf } from '../kernel.ts';
import { denseWeights, depthwiseWeights } from './weights.ts';

type OneRowOp = 'conv1d' | 'depthwise-conv1d';

/** Instructions per product of a plain loop; of 1-bit dense products, which go by words, per product of a word. */
const INSTRUCTIONS = { '1x1': 0.7, '1xint8': 8, '8x1': 8, '8xint8': 4 } as const;

function portable(op: OneRowOp, bits: 1 | 8, activations: '1' | 'int8'): ArmKernel {
  const types = `${bits}x${activations}` as const;
  const role = bits === 1 ? 'signs' : 'values';
  const part: PartName = `${op === 'conv1d' ? 'conv1d' : 'depthwise_conv1d'}_${types}`;
  const weightedOf = ({ step }: ArmStep): WeightedStep<OneRowOp> => step as WeightedStep<OneRowOp>;
  return {
    name: `${op}_${types}_i32__portable`,
    summary: 'Plain C loops, one product (or one word of 1-bit products) after the other.',
    op,
    writes: 'accumulators',
    runsOn: () => true,
    fits: ({ step, input }) => step.op === op && step.weights.bits === bits && (elementOf(input.format) === 'uint32_t') === (activations === '1'),
    cost({ step }) {
      const products = step.channels * step.window.kernel * (op === 'conv1d' ? step.inputChannels : 1);
      return Math.ceil(products * (op === 'conv1d' ? INSTRUCTIONS[types] : 8)) + 10 * step.channels;
    },
    weights(step) {
      const weighted = weightedOf(step);
      return weighted.op === 'conv1d' ? denseWeights(weighted as WeightedStep<'conv1d'>) : depthwiseWeights(weighted as WeightedStep<'depthwise-conv1d'>);
    },
    emit(arm) {
      const { channels, inputChannels, window } = arm.step;
      const sizes = op === 'conv1d' ? `${channels}, ${window.kernel}, ${inputChannels}` : `${window.kernel}, ${channels}`;
      return { parts: [part], functions: '', call: `bitvox_${part}(z, x, ${arm.array(role)}, ${sizes});` };
    },
  };
}

/** Every mix of 1-bit and 8-bit weights and activations. */
export const PORTABLE_WEIGHTED: readonly ArmKernel[] = (['conv1d', 'depthwise-conv1d'] as const).flatMap((op) =>
  ([1, 8] as const).flatMap((bits) => (['1', 'int8'] as const).map((activations) => portable(op, bits, activations))),
);
