/** `pass`: the accumulator is the stored value. */
import type { PassStep } from '../../program.ts';
import type { Accumulators, StepContext } from '../step-context.ts';

/** Accumulators that are there already. */
export function pass(context: StepContext, step: PassStep): Accumulators {
  const { format } = context.program.tensors[step.input]!;
  return { source: format === 'f32' || format === 'i16' ? format : 'i8', stride: context.buffers[step.input]!.stride, link: () => (input) => input };
}
