/** Output and gradients of a quantizer, through differentiation and simplification as in a step; for tests. */
import { evaluate } from '../../exec/evaluate.ts';
import { vectorJacobianProduct } from '../../ir/gradient.ts';
import { parameter } from '../../ir/ops/leaf.ts';
import type { Shape } from '../../ir/shape.ts';
import { simplify } from '../../ir/simplify.ts';
import type { Value } from '../../ir/types.ts';
import { quantize, type Quantizer } from '../quantizer.ts';

/** A tensor that a quantizer reads beside x. */
export interface Side {
  readonly shape: Shape;
  readonly data: readonly number[];
}

/** What came out. */
export interface Applied {
  readonly output: number[];
  readonly gradient: number[];
  /** Gradients of the learned tensors, by role. */
  readonly learned: Readonly<Record<string, number[]>>;
}

/** Applies a quantizer to numbers, and sends `upstream` back. */
export function apply(
  quantizer: Quantizer,
  data: readonly number[],
  shape: Shape,
  upstream: readonly number[],
  sides: Readonly<Record<string, Side>> = {},
): Applied {
  const leaves = Object.fromEntries(Object.entries(sides).map(([role, side]) => [role, parameter(role, side.shape)]));
  const [x, slope] = [parameter('x', shape), parameter('upstream', shape)];
  const y = quantize(quantizer, x, leaves);
  const roles = quantizer.roles ?? [];
  const roots = simplify([y, ...vectorJacobianProduct(y, slope, [x, ...roles.map((role) => leaves[role]!)])]);
  const feeds = new Map<Value, Float64Array>([
    [x, Float64Array.from(data)],
    [slope, Float64Array.from(upstream)],
    ...Object.entries(sides).map(([role, side]): [Value, Float64Array] => [leaves[role]!, Float64Array.from(side.data)]),
  ]);
  const [output, gradient, ...learned] = evaluate(roots, feeds).map((numbers) => [...numbers]);
  return { output: output!, gradient: gradient!, learned: Object.fromEntries(roles.map((role, at) => [role, learned[at]!])) };
}
