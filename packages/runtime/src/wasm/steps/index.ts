/** How each kind of step computes its accumulators in WebAssembly. Complete over the closed union of steps by type. */
import type { Step, StepOp } from '../../program.ts';
import type { Accumulators, StepContext } from '../step-context.ts';
import { dense } from './dense.ts';
import { depthwiseConv1d } from './depthwise-conv1d.ts';
import { meanPool } from './mean-pool.ts';
import { pass } from './pass.ts';

const ACCUMULATORS: { readonly [Op in StepOp]: (context: StepContext, step: Extract<Step, { readonly op: Op }>) => Accumulators } = {
  conv1d: dense,
  conv2d: dense,
  'depthwise-conv1d': depthwiseConv1d,
  'mean-pool': meanPool,
  pass,
};

/** Prepares the accumulators of a step. */
export function prepareAccumulators(context: StepContext, step: Step): Accumulators {
  return (ACCUMULATORS[step.op] as (context: StepContext, step: Step) => Accumulators)(context, step);
}
