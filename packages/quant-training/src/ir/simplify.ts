/**
 * Simplification of a graph by rebuilding it from its roots: trivial identities (x + 0, x * 1, x * 0, empty movements), folding of scalar
 * constants, aliases (`stop-gradient`, `custom`) and broadcasts that an elementwise operation does by itself are removed, equal values are
 * merged, and what no root needs disappears. To be applied after differentiation.
 * Invariant: leaves stay the same objects, and every root keeps its shape.
 */
import { BINARY_FUNCTIONS, type BinaryName } from './ops/binary.ts';
import { UNARY_FUNCTIONS, type UnaryName } from './ops/unary.ts';
import { broadcast } from './ops/sum.ts';
import { constant } from './ops/leaf.ts';
import { broadcastShapes, sameShape } from './shape.ts';
import type { Value } from './types.ts';
import { createValue, isOp, topologicalOrder } from './value.ts';

const isUnary = (op: string): op is UnaryName => op in UNARY_FUNCTIONS;
const isBinary = (op: string): op is BinaryName => op in BINARY_FUNCTIONS;

/** The number that fills a value, however it was repeated or reshaped; `null` if it is not a constant of one number. */
function filling(value: Value): number | null {
  if (isOp(value, 'constant')) return typeof value.attributes.data === 'number' ? value.attributes.data : null;
  return value.op === 'broadcast' || value.op === 'reshape' ? filling(value.inputs[0]!) : null;
}

function foldArithmetic(value: Value): Value | null {
  const [a, b] = value.inputs as [Value, Value];
  const [left, right] = [filling(a), b === undefined ? null : filling(b)];
  const as = (replacement: Value): Value => broadcast(replacement, value.shape);
  if (isUnary(value.op)) return left === null ? null : as(constant(UNARY_FUNCTIONS[value.op](left)));
  if (!isBinary(value.op)) return null;
  if (left !== null && right !== null) return as(constant(BINARY_FUNCTIONS[value.op](left, right)));
  if (value.op === 'multiply' && (left === 0 || right === 0)) return as(constant(0));
  if (value.op === 'divide' && left === 0) return as(constant(0));
  if ((value.op === 'add' || value.op === 'subtract') && right === 0) return as(a);
  if ((value.op === 'multiply' || value.op === 'divide') && right === 1) return as(a);
  if (value.op === 'add' && left === 0) return as(b);
  if (value.op === 'multiply' && left === 1) return as(b);
  return null;
}

function foldMovement(value: Value): Value | null {
  const operand = value.inputs[0]!;
  const number = filling(operand);
  if (isOp(value, 'reshape')) {
    if (sameShape(operand.shape, value.shape)) return operand;
    if (operand.op === 'reshape') return createValue('reshape', operand.inputs, value.attributes, value.shape, value.label);
    return number === null ? null : broadcast(constant(number), value.shape);
  }
  if (isOp(value, 'broadcast')) {
    if (sameShape(operand.shape, value.shape)) return operand;
    return operand.op === 'broadcast' ? createValue('broadcast', operand.inputs, value.attributes, value.shape, value.label) : null;
  }
  if (isOp(value, 'transpose')) {
    if (value.attributes.permutation.every((axis, at) => axis === at)) return operand;
    return number === null ? null : broadcast(constant(number), value.shape);
  }
  if (isOp(value, 'slice')) {
    if (sameShape(operand.shape, value.shape)) return operand;
    return number === null ? null : broadcast(constant(number), value.shape);
  }
  if (isOp(value, 'sum')) {
    if (value.attributes.axes.every((axis) => operand.shape[axis] === 1)) return operand;
    return number === 0 ? broadcast(constant(0), value.shape) : null;
  }
  return isOp(value, 'pad') && (sameShape(operand.shape, value.shape) || number === 0) ? broadcast(operand, value.shape) : null;
}

/** An elementwise operation broadcasts by itself: explicit broadcasts of its operands only cost memory. */
function absorbBroadcasts(value: Value): Value | null {
  if (!isBinary(value.op) && value.op !== 'where') return null;
  let inputs = value.inputs;
  for (let at = 0; at < inputs.length; at++) {
    if (inputs[at]!.op !== 'broadcast') continue;
    const candidate = inputs.map((operand, index) => (index === at ? operand.inputs[0]! : operand));
    if (
      sameShape(
        broadcastShapes(
          value.op,
          candidate.map(({ shape }) => shape),
        ),
        value.shape,
      )
    )
      inputs = candidate;
  }
  return inputs === value.inputs ? null : createValue(value.op, inputs, value.attributes, value.shape, value.label);
}

function foldSelection(value: Value): Value | null {
  if (value.op !== 'where') return null;
  const [condition, whenTrue, whenFalse] = value.inputs as [Value, Value, Value];
  const test = filling(condition);
  if (test === null) return whenTrue === whenFalse && sameShape(whenTrue.shape, value.shape) ? whenTrue : null;
  return broadcast(test !== 0 ? whenTrue : whenFalse, value.shape);
}

function rewrite(value: Value): Value {
  if (value.op === 'stop-gradient' || value.op === 'custom') return value.inputs.at(-1)!;
  if (value.inputs.length === 0) return value;
  return foldArithmetic(value) ?? foldMovement(value) ?? foldSelection(value) ?? absorbBroadcasts(value) ?? value;
}

/** Merges equal values: the same operation on the same operands with the same attributes. */
class Merger {
  readonly #known = new Map<string, Value>();
  readonly #arrays = new Map<Float32Array, number>();

  merge(value: Value): Value {
    if (value.op === 'parameter' || value.op === 'state' || value.op === 'input') return value;
    const key = `${value.op}|${value.inputs.map(({ id }) => id).join()}|${value.shape.join()}|${this.#attributes(value)}`;
    const earlier = this.#known.get(key);
    if (earlier !== undefined) return earlier;
    this.#known.set(key, value);
    return value;
  }

  #attributes(value: Value): string {
    if (!isOp(value, 'constant')) return JSON.stringify(value.attributes);
    const { data } = value.attributes;
    // JSON writes both infinities and NaN as null, and both zeros as 0.
    if (typeof data === 'number') return Object.is(data, -0) ? '-0' : String(data);
    if (!this.#arrays.has(data)) this.#arrays.set(data, this.#arrays.size);
    return `array ${this.#arrays.get(data)}`;
  }
}

/** The same values, computed with fewer operations. */
export function simplify(roots: readonly Value[]): Value[] {
  const merger = new Merger();
  const replacement = new Map<Value, Value>();
  const settle = (value: Value): Value => {
    // A rule may build several new values (a folded constant under a broadcast): settle what it built before the value itself.
    for (let current = value; ;) {
      const inputs = current.inputs.map((operand) => replacement.get(operand) ?? settleNew(operand));
      const rebuilt = inputs.every((operand, at) => operand === current.inputs[at])
        ? current
        : createValue(current.op, inputs, current.attributes, current.shape, current.label);
      const next = rewrite(rebuilt);
      if (next === rebuilt) return merger.merge(rebuilt);
      const settled = replacement.get(next);
      if (settled !== undefined) return settled;
      current = next;
    }
  };
  const settleNew = (value: Value): Value => {
    const settled = settle(value);
    replacement.set(value, settled);
    replacement.set(settled, settled);
    return settled;
  };
  for (const value of topologicalOrder(roots)) settleNew(value);
  return roots.map((root) => replacement.get(root)!);
}
