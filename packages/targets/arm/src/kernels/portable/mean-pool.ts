/** `mean-pool`: the sum over a window is kept from frame to frame, so a frame costs two additions a channel, whatever the window. */
import type { ArmKernel } from '../kernel.ts';

function running(type: 'int8' | 'int16'): ArmKernel {
  const part = `mean_pool_${type}` as const;
  return {
    name: `mean-pool_${type}_i32__running`,
    summary: 'A running sum per channel: one frame enters, one leaves.',
    op: 'mean-pool',
    writes: 'accumulators',
    findsTaps: true,
    looksBack: 1,
    runsOn: () => true,
    fits: ({ step, input }) =>
      step.op === 'mean-pool' && step.window.stride === 1 && step.window.dilation === 1 && input.format === (type === 'int8' ? 'i8' : 'i16'),
    cost: ({ step }) => 9 * step.channels,
    weights: () => [],
    state: ({ step }) => [{ role: 'sums', type: 'int32_t', length: step.channels }],
    emit({ step, member, frame }) {
      const { kernel } = step.window;
      const sums = member('sums');
      const first =
        kernel === 1 ? '' : `if (t == 0) {\n    for (k = 0; k < ${kernel - 1}; ++k) bitvox_${part}(${sums}, 0, ${frame('k')}, ${step.channels});\n}\n`;
      const call = `${first}bitvox_${part}(${sums}, ${frame('t - 1')}, ${frame(kernel === 1 ? 't' : `t + ${kernel - 1}`)}, ${step.channels});`;
      return { parts: [part], functions: '', call, accumulator: `${sums}[c]` };
    },
  };
}

/** Over bytes and over 16-bit values. */
export const PORTABLE_MEAN_POOLS: readonly ArmKernel[] = [running('int8'), running('int16')];
