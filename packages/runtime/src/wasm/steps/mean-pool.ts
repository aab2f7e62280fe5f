/** `mean-pool`: sums over a window, in 32 bits or in floats. */
import type { MeanPoolStep } from '../../program.ts';
import { poolF32, poolI16, poolI8 } from '../kernels/pool.ts';
import { type Accumulators, scratchStride, type StepContext } from '../step-context.ts';

/** Frames that the kernel writes beyond those asked for. */
const SLACK = 4;

/** Accumulators of a window. */
export function meanPool(context: StepContext, step: MeanPoolStep): Accumulators {
  const { format } = context.program.tensors[step.input]!;
  const kernel = context.use(format === 'f32' ? poolF32 : format === 'i16' ? poolI16 : poolI8);
  const stride = scratchStride(context.block(step) + SLACK, 4);
  const [z] = context.layout.scratch(step.channels * stride) as [number];
  const { stride: xStride } = context.buffers[step.input]!;
  return {
    source: format === 'f32' ? 'f32' : 'i32',
    stride,
    link(linked) {
      const run = linked.kernel(kernel);
      const out = linked.scratch + z;
      return (input, count) => {
        run(input, xStride, step.channels, step.window.kernel, out, stride, count);
        return out;
      };
    },
  };
}
