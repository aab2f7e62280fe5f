/**
 * The vector code of every elementwise function: four lanes in, four lanes out.
 * Truth is a lane of ones while it stays inside a loop, and 1 or 0 where it is used as a number.
 */
import { f32x4, type FunctionBuilder, type Signature, type V128, v128 } from '@bitvox/wasm';
import type { FunctionName } from './expression.ts';
import { emitExp, emitLog, emitSigmoid, emitTanh } from './transcendental.ts';

type Body = FunctionBuilder<Signature, 'void'>;

/** The functions that give a truth value. */
export type ComparisonName = 'greater' | 'greater-equal' | 'equal';

/** Comparisons as lane masks. */
export const COMPARISONS: Readonly<Record<ComparisonName, (a: V128, b: V128) => V128>> = {
  greater: f32x4.gt,
  'greater-equal': f32x4.ge,
  equal: f32x4.eq,
};

/** Whether a function gives a truth value. */
export function isComparison(name: FunctionName): name is ComparisonName {
  return name in COMPARISONS;
}

/** The functions of one operand; the operand is a local or a constant, so it may be used more than once. */
export const UNARY: Readonly<Record<Exclude<FunctionName, ComparisonName | BinaryArithmetic | 'where'>, (f: Body, x: V128) => V128>> = {
  negate: (_f, x) => f32x4.neg(x),
  absolute: (_f, x) => f32x4.abs(x),
  // NaN stays NaN: a network of signs must not hide that it has diverged.
  sign: (_f, x) => v128.or(v128.bitselect(f32x4.constSplat(1), f32x4.constSplat(-1), f32x4.ge(x, f32x4.constSplat(0))), f32x4.ne(x, x)),
  round: (f, x) => {
    // Adding a half first would round the largest float below one half up to one.
    const whole = f.let(f32x4.trunc(x));
    const carry = f32x4.ge(f32x4.abs(f32x4.sub(x, whole)), f32x4.constSplat(0.5));
    const unit = v128.or(v128.and(x, f32x4.constSplat(-0)), f32x4.constSplat(1));
    return f32x4.add(whole, v128.and(carry, unit));
  },
  floor: (_f, x) => f32x4.floor(x),
  exp: emitExp,
  log: emitLog,
  sqrt: (_f, x) => f32x4.sqrt(x),
  tanh: emitTanh,
  sigmoid: emitSigmoid,
};

/** The functions of two operands that give a number. */
export type BinaryArithmetic = 'add' | 'subtract' | 'multiply' | 'divide' | 'maximum' | 'minimum';

/** Arithmetic on two operands; `constants` says which of them are constants. */
export const BINARY: Readonly<Record<BinaryArithmetic, (a: V128, b: V128, constants: readonly [boolean, boolean]) => V128>> = {
  add: f32x4.add,
  subtract: f32x4.sub,
  multiply: f32x4.mul,
  divide: f32x4.div,
  // The pseudo-operations are one instruction but drop a NaN in the second operand, so that place is only for constants.
  maximum: (a, b, [first, second]) => (second ? f32x4.pmax(a, b) : first ? f32x4.pmax(b, a) : f32x4.max(a, b)),
  minimum: (a, b, [first, second]) => (second ? f32x4.pmin(a, b) : first ? f32x4.pmin(b, a) : f32x4.min(a, b)),
};
