/**
 * Reverse-mode differentiation: the backward pass of a value, again made of operations.
 * Invariant: values are visited after everything that uses them, so the gradient of a value is complete when it is passed on.
 */
import { TrainingError } from '../errors.ts';
import { add } from './ops/binary.ts';
import { broadcast } from './ops/sum.ts';
import { definitionOf } from './ops/index.ts';
import { formatShape, sameShape, sizeOf } from './shape.ts';
import type { Value } from './types.ts';
import { topologicalOrder, withLabel } from './value.ts';

function collect(loss: Value, wrt: readonly Value[], seed: Value): Map<Value, Value> {
  const order = topologicalOrder([loss]);
  const needed = new Set<Value>(wrt);
  for (const value of order) if (value.inputs.some((operand) => needed.has(operand))) needed.add(value);
  const gradients = new Map<Value, Value>([[loss, seed]]);
  for (const value of order.reverse()) {
    const upstream = gradients.get(value);
    if (upstream === undefined || !value.inputs.some((operand) => needed.has(operand))) continue;
    withLabel(value.label, () => {
      const { gradient: rule } = definitionOf(value.op);
      if (rule === 'none') throw new TrainingError('TRAIN_GRADIENT', `${value.op}${value.label && ` at "${value.label}"`} has no gradient`);
      rule(upstream, value).forEach((contribution, at) => {
        const operand = value.inputs[at]!;
        if (contribution === null || !needed.has(operand)) return;
        const earlier = gradients.get(operand);
        gradients.set(operand, earlier === undefined ? contribution : add(earlier, contribution));
      });
    });
  }
  return gradients;
}

/**
 * The gradients of `loss` (one element, any rank) with respect to `wrt`, each in the shape of its value; zeros where the loss does not depend on it.
 *
 * @throws `TRAIN_GRADIENT` if the loss has more than one element or depends on `wrt` through an operation without a gradient.
 */
export function gradient(loss: Value, wrt: readonly Value[]): Value[] {
  if (sizeOf(loss.shape) !== 1) throw new TrainingError('TRAIN_GRADIENT', `got a loss of shape ${formatShape(loss.shape)}, wanted a single element`);
  return vectorJacobianProduct(loss, broadcast(1, loss.shape), wrt);
}

/** The gradients of `sum(output * upstream)` with respect to `wrt`: the general form of {@link gradient}. */
export function vectorJacobianProduct(output: Value, upstream: Value, wrt: readonly Value[]): Value[] {
  if (!sameShape(output.shape, upstream.shape)) {
    throw new TrainingError('TRAIN_GRADIENT', `got upstream ${formatShape(upstream.shape)}, wanted the shape of the output ${formatShape(output.shape)}`);
  }
  const gradients = collect(output, wrt, upstream);
  return wrt.map((value) => gradients.get(value) ?? broadcast(0, value.shape));
}
