/**
 * Elementwise operations of two operands with numpy broadcasting; a number stands for a scalar constant. Comparisons give 1 or 0 and no gradient.
 * At a tie `maximum` and `minimum` send the whole gradient to the second operand, so `maximum(x, 0)` has gradient 0 at 0 (the usual ReLU).
 */
import type { OpDefinition } from '../definition.ts';
import { broadcastShapes, expand } from '../shape.ts';
import type { Value } from '../types.ts';
import { createValue, type Operand } from '../value.ts';
import { toValue } from './leaf.ts';
import { sumTo } from './sum.ts';

/** The operations of this file. */
export type BinaryName = 'add' | 'subtract' | 'multiply' | 'divide' | 'maximum' | 'minimum' | 'greater' | 'greater-equal' | 'equal';

function build(op: BinaryName): (left: Operand, right: Operand) => Value {
  return (left, right) => {
    const operands = [toValue(left), toValue(right)];
    return createValue<BinaryName>(
      op,
      operands,
      {},
      broadcastShapes(
        op,
        operands.map((operand) => operand.shape),
      ),
    );
  };
}

/** a + b */
export const add = build('add');
/** a - b */
export const subtract = build('subtract');
/** a * b */
export const multiply = build('multiply');
/** a / b */
export const divide = build('divide');
/** The larger; at a tie the gradient goes to b. */
export const maximum = build('maximum');
/** The smaller; at a tie the gradient goes to b. */
export const minimum = build('minimum');
/** 1 where a > b, else 0. */
export const greater = build('greater');
/** 1 where a >= b, else 0. */
export const greaterEqual = build('greater-equal');
/** 1 where a = b, else 0. */
export const equal = build('equal');

/** The functions in float64; shared with constant folding. */
export const BINARY_FUNCTIONS: { readonly [Name in BinaryName]: (a: number, b: number) => number } = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  maximum: Math.max,
  minimum: Math.min,
  greater: (a, b) => (a > b ? 1 : 0),
  'greater-equal': (a, b) => (a >= b ? 1 : 0),
  equal: (a, b) => (a === b ? 1 : 0),
};

type Rule = (upstream: Value, a: Value, b: Value, value: Value) => readonly [Value | null, Value | null];

function define<Name extends BinaryName>(op: Name, rule: Rule): OpDefinition<Name> {
  const compute = BINARY_FUNCTIONS[op];
  return {
    gradient: (upstream, value) => {
      const [a, b] = value.inputs as [Value, Value];
      return rule(upstream, a, b, value).map((gradient, at) => gradient && sumTo(gradient, value.inputs[at]!.shape));
    },
    evaluate: ([a, b], value) => {
      const left = expand(a!, value.inputs[0]!.shape, value.shape);
      const right = expand(b!, value.inputs[1]!.shape, value.shape);
      return left.map((x, at) => compute(x, right[at]!));
    },
  };
}

/** All of `upstream` to the first operand where `first` is 1, else to the second. */
function split(upstream: Value, first: Value): readonly [Value, Value] {
  const part = multiply(upstream, first);
  return [part, subtract(upstream, part)];
}

const comparison: Rule = () => [null, null];

export const binaryOps: { readonly [Name in BinaryName]: OpDefinition<Name> } = {
  add: define('add', (upstream) => [upstream, upstream]),
  subtract: define('subtract', (upstream) => [upstream, subtract(0, upstream)]),
  multiply: define('multiply', (upstream, a, b) => [multiply(upstream, b), multiply(upstream, a)]),
  divide: define('divide', (upstream, _a, b, value) => [divide(upstream, b), subtract(0, divide(multiply(upstream, value), b))]),
  maximum: define('maximum', (upstream, a, b) => split(upstream, greater(a, b))),
  minimum: define('minimum', (upstream, a, b) => split(upstream, greater(b, a))),
  greater: define('greater', comparison),
  'greater-equal': define('greater-equal', comparison),
  equal: define('equal', comparison),
};
