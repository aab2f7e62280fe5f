/** What a quantizer makes of numbers, and what stands in for its derivative: the two curves by which quantizers are compared. */
import { evaluate } from '../exec/evaluate.ts';
import { vectorJacobianProduct } from '../ir/gradient.ts';
import { constant, parameter } from '../ir/ops/leaf.ts';
import { simplify } from '../ir/simplify.ts';
import type { Value } from '../ir/types.ts';
import { quantize, type Quantizer } from './quantizer.ts';

/** Curves over the same numbers. */
export interface QuantizerCurve {
  readonly output: Float64Array;
  /** Of each output by its own number. */
  readonly gradient: Float64Array;
}

/** Thresholds and offsets start at 0; slopes and scales, which multiply, at 1. */
const initialOf = (role: string): number => (/theta|offset/.test(role) ? 0 : 1);

/**
 * The curves of a quantizer over `numbers`: channels of one frame for activations, weights of one output for weights, of which means and deviations are taken.
 * @param learned a number for every element of a learned tensor, by role; without one, thresholds and offsets are 0, slopes and scales 1
 * @param progress share of the training that is over, 0 to 1, for rules that sharpen with time; default 1
 */
export function quantizerCurve(quantizer: Quantizer, numbers: readonly number[], learned: Readonly<Record<string, number>> = {}, progress = 1): QuantizerCurve {
  const count = numbers.length;
  const shape = quantizer.role === 'activation' ? [count, 1, 1, 1] : [1, count, 1, 1];
  const [x, upstream] = [parameter('x', shape), parameter('upstream', shape)];
  const tensors = Object.fromEntries((quantizer.roles ?? []).map((role) => [role, constant(Float32Array.of(learned[role] ?? initialOf(role)), [1])]));
  const y = quantize(quantizer, x, { ...tensors, progress: constant(progress) });
  const roots = simplify([y, ...vectorJacobianProduct(y, upstream, [x])]);
  const at = (number: number): readonly Float64Array[] => {
    const feeds = new Map<Value, Float64Array>([
      [x, Float64Array.from(numbers)],
      [upstream, new Float64Array(count).fill(1, number, number + 1)],
    ]);
    return evaluate(roots, feeds);
  };
  return { output: at(0)[0]!, gradient: Float64Array.from(numbers, (_, number) => at(number)[1]![number]!) };
}
