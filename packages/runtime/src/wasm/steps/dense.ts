/** `conv1d` and `conv2d`: by the widths of weights and activations. */
import type { Conv1dStep, Conv2dStep } from '../../program.ts';
import type { Accumulators, StepContext } from '../step-context.ts';
import { bitGemm } from './bit-gemm.ts';
import { bitWindows, hasBitWindows } from './bit-windows.ts';
import { denseBytes } from './dense-bytes.ts';
import { denseFrame, isSingleFrame } from './dense-frame.ts';
import { denseFloats } from './dense-floats.ts';

/** Accumulators of a dense layer. */
export function dense(context: StepContext, step: Conv1dStep | Conv2dStep): Accumulators {
  const { weights } = step;
  if (weights.bits === 32) return denseFloats(context, step, weights.values);
  const { format } = context.program.tensors[step.input]!;
  if (step.op === 'conv1d' && weights.bits === 1 && format === 'bit') return bitGemm(context, step, weights.rows);
  if (step.op === 'conv1d' && isSingleFrame(context, step)) return denseFrame(context, step, weights);
  const isTabled = weights.bits === 1 && format === 'sign' && hasBitWindows(step);
  return isTabled ? bitWindows(context, step, weights.rows) : denseBytes(context, step, weights);
}
