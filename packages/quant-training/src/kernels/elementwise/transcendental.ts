/**
 * Exponential, logarithm, hyperbolic tangent and logistic function of four floats, by range reduction and polynomials (S. Moshier, Cephes, single
 * precision). The same bits on every machine, which `Math.exp` and its kin do not promise.
 *
 * Largest relative error over the range of floats, measured by the test: exp 2 ulp, log 2 ulp, tanh 3 ulp, sigmoid 4 ulp.
 * Overflow gives infinity, underflow rounds to a denormal or 0, NaN stays NaN, `log(0) = -Infinity`, `log` of a negative number is NaN.
 */
import { f32x4, type FunctionBuilder, i32x4, type Signature, type V128, v128 } from '@bitvox/wasm';

type Body = FunctionBuilder<Signature, 'void'>;

const LN2_HIGH = 0.693359375;
const LN2_LOW = -2.1219444e-4;
const splat = (value: number): V128 => f32x4.constSplat(value);

/** `((c0 x + c1) x + c2) ...` */
function polynomial(f: Body, x: V128, coefficients: readonly number[]): V128 {
  const sum = f.let(splat(coefficients[0]!));
  for (const coefficient of coefficients.slice(1)) f.set(sum, f32x4.add(f32x4.mul(sum, x), splat(coefficient)));
  return sum;
}

/** e^x */
export function emitExp(f: Body, x: V128): V128 {
  const clamped = f.let(f32x4.pmin(f32x4.pmax(x, splat(-104)), splat(89)));
  const power = f.let(f32x4.nearest(f32x4.mul(clamped, splat(Math.LOG2E))));
  const rest = f.let(f32x4.sub(f32x4.sub(clamped, f32x4.mul(power, splat(LN2_HIGH))), f32x4.mul(power, splat(LN2_LOW))));
  const series = polynomial(f, rest, [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1]);
  const mantissa = f32x4.add(f32x4.add(f32x4.mul(series, f32x4.mul(rest, rest)), rest), splat(1));
  // Two factors, because 2^power itself may be out of range where the result is not.
  const exponent = f.let(i32x4.truncSatF32x4S(power));
  const half = f.let(i32x4.shrS(exponent, 1));
  const factor = (value: V128): V128 => i32x4.shl(i32x4.add(value, i32x4.constSplat(127)), 23);
  return f32x4.mul(f32x4.mul(mantissa, factor(half)), factor(i32x4.sub(exponent, half)));
}

/** Natural logarithm. */
export function emitLog(f: Body, x: V128): V128 {
  const argument = f.let(x);
  const tiny = f.let(f32x4.lt(argument, splat(2 ** -126)));
  const normal = f.let(v128.bitselect(f32x4.mul(argument, splat(2 ** 23)), argument, tiny));
  const exponent = f.let(i32x4.sub(i32x4.shrU(normal, 23), i32x4.constSplat(126)));
  const fraction = f.let(v128.or(v128.and(normal, i32x4.constSplat(0x7fffff)), splat(0.5)));
  const low = f.let(f32x4.lt(fraction, splat(Math.SQRT1_2)));
  const power = f.let(f32x4.sub(f32x4.convertI32x4S(exponent), v128.and(low, splat(1))));
  f.set(power, f32x4.sub(power, v128.and(tiny, splat(23))));
  const m = f.let(f32x4.sub(f32x4.add(fraction, v128.and(fraction, low)), splat(1)));
  const square = f.let(f32x4.mul(m, m));
  const coefficients = [
    7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
  ];
  const series = f.let(f32x4.mul(f32x4.mul(polynomial(f, m, coefficients), m), square));
  f.set(series, f32x4.add(series, f32x4.mul(power, splat(LN2_LOW))));
  f.set(series, f32x4.sub(series, f32x4.mul(square, splat(0.5))));
  const result = f.let(f32x4.add(f32x4.add(m, series), f32x4.mul(power, splat(LN2_HIGH))));
  f.set(result, v128.bitselect(argument, result, v128.not(f32x4.lt(argument, splat(Infinity)))));
  f.set(result, v128.bitselect(splat(-Infinity), result, f32x4.eq(argument, splat(0))));
  return v128.or(result, f32x4.lt(argument, splat(0)));
}

/** Hyperbolic tangent. */
export function emitTanh(f: Body, x: V128): V128 {
  const argument = f.let(x);
  const magnitude = f.let(f32x4.abs(argument));
  const square = f.let(f32x4.mul(argument, argument));
  const series = polynomial(f, square, [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1]);
  const near = f.let(f32x4.add(f32x4.mul(f32x4.mul(series, square), argument), argument));
  const growth = emitExp(f, f32x4.add(magnitude, magnitude));
  const far = f.let(f32x4.sub(splat(1), f32x4.div(splat(2), f32x4.add(growth, splat(1)))));
  const signed = v128.or(far, v128.and(argument, splat(-0)));
  return v128.bitselect(near, signed, f32x4.lt(magnitude, splat(0.625)));
}

/** 1 / (1 + e^-x) */
export function emitSigmoid(f: Body, x: V128): V128 {
  return f32x4.div(splat(1), f32x4.add(splat(1), emitExp(f, f32x4.neg(x))));
}
