/**
 * Elementwise operations of one operand. `sign` is +1 at 0; `round` is half away from zero.
 * `sign`, `round` and `floor` are piecewise constant: no gradient flows through them (a quantizer gives them one with a custom gradient).
 */
import type { OpDefinition } from '../definition.ts';
import type { Value } from '../types.ts';
import { createValue, type Operand } from '../value.ts';
import { divide, multiply, subtract } from './binary.ts';
import { toValue } from './leaf.ts';

/** The operations of this file. */
export type UnaryName = 'negate' | 'absolute' | 'sign' | 'round' | 'floor' | 'exp' | 'log' | 'sqrt' | 'tanh' | 'sigmoid' | 'stop-gradient';

function build(op: UnaryName): (operand: Operand) => Value {
  return (operand) => {
    const value = toValue(operand);
    return createValue<UnaryName>(op, [value], {}, value.shape);
  };
}

/** -x */
export const negate = build('negate');
/** |x|; the gradient at 0 is that of +x. */
export const absolute = build('absolute');
/** +1 where x >= 0, else -1. No gradient. */
export const sign = build('sign');
/** Nearest integer, halves away from zero. No gradient. */
export const round = build('round');
/** Largest integer that is not above x. No gradient. */
export const floor = build('floor');
/** e^x */
export const exp = build('exp');
/** Natural logarithm. */
export const log = build('log');
/** Square root. */
export const sqrt = build('sqrt');
/** Hyperbolic tangent. */
export const tanh = build('tanh');
/** 1 / (1 + e^-x) */
export const sigmoid = build('sigmoid');
/** The value itself; no gradient flows back. */
export const stopGradient = build('stop-gradient');

/** The functions in float64; shared with constant folding. */
export const UNARY_FUNCTIONS: { readonly [Name in UnaryName]: (x: number) => number } = {
  negate: (x) => -x,
  absolute: Math.abs,
  sign: (x) => (Number.isNaN(x) ? x : x >= 0 ? 1 : -1),
  round: (x) => (x < 0 ? -Math.round(-x) : Math.round(x)),
  floor: Math.floor,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  'stop-gradient': (x) => x,
};

function define<Name extends UnaryName>(op: Name, derivative: (upstream: Value, value: Value, x: Value) => Value | null): OpDefinition<Name> {
  return {
    gradient: (upstream, value) => [derivative(upstream, value, value.inputs[0]!)],
    evaluate: ([x]) => x!.map(UNARY_FUNCTIONS[op]),
  };
}

export const unaryOps: { readonly [Name in UnaryName]: OpDefinition<Name> } = {
  negate: define('negate', (upstream) => negate(upstream)),
  absolute: define('absolute', (upstream, _value, x) => multiply(upstream, sign(x))),
  sign: define('sign', () => null),
  round: define('round', () => null),
  floor: define('floor', () => null),
  exp: define('exp', (upstream, value) => multiply(upstream, value)),
  log: define('log', (upstream, _value, x) => divide(upstream, x)),
  sqrt: define('sqrt', (upstream, value) => divide(multiply(upstream, 0.5), value)),
  tanh: define('tanh', (upstream, value) => multiply(upstream, subtract(1, multiply(value, value)))),
  sigmoid: define('sigmoid', (upstream, value) => multiply(upstream, multiply(value, subtract(1, value)))),
  'stop-gradient': define('stop-gradient', () => null),
};
