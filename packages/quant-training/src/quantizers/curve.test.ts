import { describe, expect, test } from 'vitest';
import { quantizerCurve } from './curve.ts';
import { ACTIVATION_QUANTIZERS, approxSign, dorefa, dualScale, lpb, recu, sign, WEIGHT_QUANTIZERS, xnorCentred } from './index.ts';

const numbers = Array.from({ length: 81 }, (_, at) => (at - 40) / 16 + 1 / 64);
const where = (rule: (x: number) => number): Float64Array => Float64Array.from(numbers, rule);

describe('the curves', () => {
  test('of a sign', () => {
    expect(quantizerCurve(sign(), numbers)).toEqual({ output: where((x) => (x >= 0 ? 1 : -1)), gradient: where((x) => (Math.abs(x) <= 1 ? 1 : 0)) });
    const { gradient } = quantizerCurve(approxSign(), numbers);
    where((x) => Math.max(0, 2 - 2 * Math.abs(x))).forEach((slope, at) => expect(gradient[at]).toBeCloseTo(slope, 12));
  });

  test('of two scales: the window of the gradient is twice as wide', () => {
    const { output, gradient } = quantizerCurve(dualScale(), numbers);
    expect(gradient).toEqual(where((x) => (Math.abs(x) <= 2 ? 1 : 0)));
    expect(new Set([...output].map((value) => value.toFixed(6))).size).toBe(4);
    expect(quantizerCurve(dualScale(), numbers, { 'theta-0': 0.5 }).output[numbers.findIndex((x) => x > 0.25)]).toBeLessThan(0);
  });

  test('of weights take learned numbers and the progress of the training', () => {
    const narrow = quantizerCurve(lpb(), numbers, { 'weight-alpha': 2 }).gradient;
    expect(narrow).toEqual(where((x) => (Math.abs(x) <= 0.5 ? 2 : 0)));
    expect(quantizerCurve(recu(), numbers, { 'weight-scale': 3 }).output[0]).toBe(-3);
    const early = quantizerCurve(recu(), numbers, {}, 0).gradient;
    expect(early).not.toEqual(quantizerCurve(recu(), numbers, {}, 1).gradient);
  });

  test('leave out what one number does to the others', () => {
    const { gradient } = quantizerCurve(xnorCentred(), numbers);
    const centre = numbers.reduce((total, x) => total + x, 0) / numbers.length;
    expect(gradient).toEqual(where((x) => (Math.abs(x - centre) <= 1 ? 1 - 1 / numbers.length : 0)));
  });
});

test('every quantizer of one bit has curves of finite numbers', () => {
  const { int8: _, ...activations } = ACTIVATION_QUANTIZERS;
  const { 'int8-weights': __, ternary: ___, dorefa: ____, ...weights } = WEIGHT_QUANTIZERS;
  for (const make of [...Object.values(activations), ...Object.values(weights), () => dorefa({ bits: 1 })]) {
    const { output, gradient } = quantizerCurve(make(), numbers);
    expect([...output, ...gradient].every((value) => Number.isFinite(value))).toBe(true);
    expect([...output].some((value) => value !== 0) && [...gradient].some((value) => value !== 0)).toBe(true);
  }
});
