/**
 * Making values. Invariant: the identifier of a value is larger than those of all its inputs, so sorting by identifier is a topological order.
 */
import type { OpAttributes, OpName, Value } from './types.ts';

/** An operand: a value, or a number that becomes a scalar constant. */
export type Operand = Value | number;

let nextId = 1;
let currentLabel = '';

/** Every value made while `build` runs carries `label`: the network node that it belongs to. Nested labels win over outer ones. */
export function withLabel<Result>(label: string, build: () => Result): Result {
  const outer = currentLabel;
  currentLabel = label;
  try {
    return build();
  } finally {
    currentLabel = outer;
  }
}

/** The label that values get at the moment. */
export function activeLabel(): string {
  return currentLabel;
}

/** Makes a value without any check: callers have computed `shape` by the rule of the operation. */
export function createValue<Name extends OpName>(
  op: Name,
  inputs: readonly Value[],
  attributes: OpAttributes[Name],
  shape: readonly number[],
  label: string = currentLabel,
): Value<Name> {
  return { id: nextId++, op, inputs, attributes, shape, label };
}

/** Narrows a value to one operation, which gives its attributes their type. */
export function isOp<Name extends OpName>(value: Value, op: Name): value is Value<Name> {
  return value.op === op;
}

/** The values that `roots` depend on, themselves included, each once and after its inputs. */
export function topologicalOrder(roots: Iterable<Value>): Value[] {
  const seen = new Set<Value>();
  const pending = [...roots];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    pending.push(...value.inputs);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}
