/** `conv1d` of bits: 1-bit weights times 1-bit activations, one frame each, on the matrix product of bitpack. */
import { planGemm } from '@bitvox/bitpack';
import type { Conv1dStep } from '../../program.ts';
import { type Accumulators, scratchStride, type StepContext } from '../step-context.ts';

/** Accumulators of bits, in 16 bits. */
export function bitGemm(context: StepContext, step: Conv1dStep, rows: Uint8Array): Accumulators {
  const frames = context.block(step);
  const plan = planGemm({ m: step.channels, k: step.inputChannels, t: frames });
  const weights = context.layout.constant(plan.packWeights(rows));
  const stride = scratchStride(frames, 2);
  const [work, z] = context.layout.scratch(plan.scratchBytes, step.channels * stride) as [number, number];
  const xStride = context.buffers[step.input]!.stride;
  return {
    source: 'i16',
    stride,
    link({ memory, scratch }) {
      const gemm = plan.instantiate(memory, { weights, scratch: scratch + work });
      const out = scratch + z;
      return (input, count) => {
        gemm.run(input, xStride, out, stride / 2, count);
        return out;
      };
    },
  };
}
