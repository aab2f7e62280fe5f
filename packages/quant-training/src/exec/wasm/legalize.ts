/**
 * Rewrites a step into the smaller set of operations that the kernels implement.
 *
 * Batch norm and log-softmax become elementwise operations over per-channel rows and reductions, so that fusion sees through them; a convolution with a
 * window of one becomes a matrix product; a reduction over separated axes becomes one reduction for each run of axes; aliases disappear.
 * Invariant: every result equals the original up to rounding, and leaves stay the same objects.
 */
import { add, divide, multiply, subtract } from '../../ir/ops/binary.ts';
import { concat } from '../../ir/ops/concat.ts';
import { matmul } from '../../ir/ops/matmul.ts';
import { reduceMaximum } from '../../ir/ops/reduce-maximum.ts';
import { reshape } from '../../ir/ops/reshape.ts';
import { slice } from '../../ir/ops/slice.ts';
import { sum } from '../../ir/ops/sum.ts';
import { exp, log, sqrt } from '../../ir/ops/unary.ts';
import { sizeOf } from '../../ir/shape.ts';
import { simplify } from '../../ir/simplify.ts';
import type { ConvAttributes, StepGraph, Value } from '../../ir/types.ts';
import { createValue, isOp, topologicalOrder, withLabel } from '../../ir/value.ts';

/** Row `index` of a table `[2, c]`, to be broadcast over a tensor of the rank of `like`. */
function row(table: Value, index: 0 | 1, like: Value): Value {
  const channels = table.shape[1]!;
  return reshape(slice(table, [index, 0], [1, channels]), [channels, ...like.shape.slice(1).map(() => 1)]);
}

function perChannel(vector: Value, like: Value): Value {
  return reshape(vector, [vector.shape[0]!, ...like.shape.slice(1).map(() => 1)]);
}

function deviation(statistics: Value, epsilon: number, like: Value): Value {
  return sqrt(add(row(statistics, 1, like), epsilon));
}

function normalise([x, statistics, gamma, beta]: readonly Value[], epsilon: number): Value {
  const scale = divide(perChannel(gamma!, x!), deviation(statistics!, epsilon, x!));
  return add(multiply(subtract(x!, row(statistics!, 0, x!)), scale), perChannel(beta!, x!));
}

/** Sum of the upstream gradient, and of its product with the normalised input, a row of `[2, c]` each. */
function batchNormSums([x, upstream, statistics]: readonly Value[], epsilon: number): Value {
  const axes = x!.shape.slice(1).map((_, axis) => axis + 1);
  const normalised = divide(subtract(x!, row(statistics!, 0, x!)), deviation(statistics!, epsilon, x!));
  const channels = x!.shape[0]!;
  const parts = [upstream!, multiply(upstream!, normalised)].map((terms) => reshape(reduce('sum', terms, axes), [1, channels]));
  return concat(parts, 0);
}

function batchNormGradient([x, upstream, statistics, gamma, sums]: readonly Value[], epsilon: number): Value {
  const count = sizeOf(x!.shape) / x!.shape[0]!;
  const root = deviation(statistics!, epsilon, x!);
  const scale = divide(perChannel(gamma!, x!), root);
  const offset = divide(multiply(scale, row(sums!, 0, x!)), -count);
  const slope = divide(multiply(divide(scale, root), row(sums!, 1, x!)), -count);
  return add(multiply(subtract(x!, row(statistics!, 0, x!)), slope), add(multiply(upstream!, scale), offset));
}

function logSoftmax(x: Value, axis: number): Value {
  const shifted = subtract(x, reduce('reduce-maximum', x, [axis]));
  return subtract(shifted, log(reduce('sum', exp(shifted), [axis])));
}

/** Elements from which a total is worth being divided into rows, which threads share and other reductions over the same rows join. */
const LARGE_TOTAL = 8192;

/** A reduction as one reduction for each run of adjacent axes, the last run first; a total of a large tensor as totals of its rows first. */
function reduce(op: 'sum' | 'reduce-maximum', x: Value, axes: readonly number[]): Value {
  const wanted = axes.filter((axis) => x.shape[axis]! > 1).toSorted((a, b) => a - b);
  if (wanted.length === 0) return x;
  const last = wanted.at(-1)!;
  const joined = wanted.filter((axis) => x.shape.slice(axis, last).every((size, index) => size === 1 || wanted.includes(axis + index)));
  const total =
    sizeOf(x.shape) >= LARGE_TOTAL && joined.length > 1 && joined.every((axis, at) => axis === wanted[at]) && sizeOf(x.shape.slice(0, joined[0])) === 1;
  const run = total ? joined.slice(1) : joined;
  const reduced = op === 'sum' ? sum(x, run) : reduceMaximum(x, run);
  return reduce(
    op,
    reduced,
    wanted.filter((axis) => !run.includes(axis)),
  );
}

function isPointwise(kernel: readonly number[], { stride, padding, groups }: ConvAttributes): boolean {
  return groups === 1 && [...kernel, ...stride].every((size) => size === 1) && padding.every((size) => size === 0);
}

const flat = (x: Value): Value => reshape(x, [x.shape[0]!, sizeOf(x.shape) / x.shape[0]!]);

function rewrite(value: Value): Value {
  const [first, second] = value.inputs as [Value, Value];
  if (value.op === 'custom' || value.op === 'stop-gradient') return value.inputs.at(-1)!;
  if (isOp(value, 'batch-norm') || isOp(value, 'batch-norm-fixed')) return normalise(value.inputs, value.attributes.epsilon);
  if (isOp(value, 'batch-norm-sums')) return batchNormSums(value.inputs, value.attributes.epsilon);
  if (isOp(value, 'batch-norm-gradient')) return batchNormGradient(value.inputs, value.attributes.epsilon);
  if (isOp(value, 'log-softmax')) return logSoftmax(first, value.attributes.axis);
  if (isOp(value, 'sum') || isOp(value, 'reduce-maximum')) return reduce(value.op, first, value.attributes.axes);
  if (isOp(value, 'conv') && isPointwise(second.shape.slice(2), value.attributes)) return reshape(matmul(flat(second), flat(first)), value.shape);
  if (isOp(value, 'conv-input-gradient') && isPointwise(second.shape.slice(2), value.attributes)) {
    return reshape(matmul(flat(second), flat(first), { transposeA: true }), value.shape);
  }
  if (isOp(value, 'conv-weight-gradient') && isPointwise(value.attributes.kernel, value.attributes)) {
    return reshape(matmul(flat(second), flat(first), { transposeB: true }), value.shape);
  }
  return value;
}

/** A step in kernel operations; gradients are those of the trained parameters, by name. */
export interface LegalStep extends Omit<StepGraph, 'gradients'> {
  readonly gradients: ReadonlyMap<string, Value>;
}

/** The step in kernel operations. */
export function legalize(step: StepGraph): LegalStep {
  const trained = step.optimizer?.groups.flatMap((group) => group.parameters) ?? [];
  const gradientOf = new Map(step.parameters.map(({ attributes }, at) => [attributes.name, step.gradients[at]!]));
  const names = Object.keys(step.outputs);
  const roots = [...Object.values(step.outputs), ...trained.map((name) => gradientOf.get(name)!), ...step.stateUpdates.map(({ value }) => value)];
  const replacement = new Map<Value, Value>();
  for (const value of topologicalOrder(roots)) {
    const inputs = value.inputs.map((operand) => replacement.get(operand)!);
    const same = inputs.every((operand, at) => operand === value.inputs[at]);
    const rebuilt = same ? value : createValue(value.op, inputs, value.attributes, value.shape, value.label);
    replacement.set(
      value,
      withLabel(value.label, () => rewrite(rebuilt)),
    );
  }
  const simplified = simplify(roots.map((root) => replacement.get(root)!));
  const states = names.length + trained.length;
  return {
    ...step,
    outputs: Object.fromEntries(names.map((name, at) => [name, simplified[at]!])),
    gradients: new Map(trained.map((name, at) => [name, simplified[names.length + at]!])),
    stateUpdates: step.stateUpdates.map(({ state }, at) => ({ state, value: simplified[states + at]! })),
  };
}
