/** Binarizers against the formulas of their papers: the estimator is the definition, so finite differences have no say here. */
import { Random } from '@bitvox/ternary-prng';
import { describe, expect, it, test } from 'vitest';
import { evaluate } from '../exec/evaluate.ts';
import { constant } from '../ir/ops/leaf.ts';
import {
  dualScale,
  dualScaleFaithful,
  fda,
  fdaSign,
  lpb,
  lpbReleased,
  quantize,
  react,
  recu,
  recuSign,
  signWeights,
  xnorCentred,
  xnorCentredReleased,
  xnorPlusPlus,
  xnorSign,
} from './index.ts';
import { learnedSlopeSign } from './lpb.ts';
import { apply, type Side } from './testing/apply.ts';

const close = (numbers: readonly number[], digits = 12): unknown[] => numbers.map((number) => expect.closeTo(number, digits) as unknown);
const scalar = (number: number): Side => ({ shape: [1], data: [number] });
const grid = Array.from({ length: 61 }, (_, at) => (at - 30) / 12);
const ones = grid.map(() => 1);
const onGrid: [number, number, number, number] = [1, 1, 1, grid.length];

describe('learned slopes', () => {
  const alpha = { 'weight-alpha': scalar(1.25) };

  it('the vector of the reference: s = 0.7, alpha = 1.25', () => {
    const x = constant(Float32Array.of(-1.5, -0.4, 0.2, 0.9), [4]);
    const [output] = evaluate([learnedSlopeSign(x, constant(1.25, [1]), 0.7)], new Map());
    expect([...output!]).toEqual([-0.7, -0.7, 0.7, 0.7]);
    const { gradient, learned } = apply(lpb(), [-1.5, -0.4, 0.2, 0.9], [1, 4], [1, 2, 3, 4], alpha);
    expect(gradient).toEqual([0, 2.5, 3.75, 0]);
    expect(learned['weight-alpha']).toEqual(close([-0.2]));
  });

  it('weights: mean |w| by output channel, whatever the slope', () => {
    expect(apply(lpb(), [0.5, -1.5, 0.2, 0.6], [2, 2], [1, 1, 1, 1], alpha).output).toEqual(close([1, -1, 0.4, 0.4]));
  });

  it('a slope outside its limits counts as the limit and still gets a gradient', () => {
    const { output, gradient, learned } = apply(lpb(), [0.5, -0.5], [1, 2], [1, 3], { 'weight-alpha': scalar(-2) });
    expect(output).toEqual([0.5, -0.5]);
    expect(gradient).toEqual(close([0.05, 0.15]));
    expect(learned['weight-alpha']).toEqual([-1]);
  });
});

describe('dual scale', () => {
  const sides = (t: readonly [number, number], a: readonly [number, number], scale?: number): Record<string, Side> => ({
    'theta-0': { shape: [1, 1, 1, 1], data: [t[0]] },
    'theta-1': { shape: [1, 1, 1, 1], data: [t[1]] },
    'activation-alpha-0': scalar(a[0]),
    'activation-alpha-1': scalar(a[1]),
    ...(scale === undefined ? {} : { 'residual-scale': scalar(scale) }),
  });
  const step = (x: number): number => (x >= 0 ? 1 : -1);

  it('two terms: the sign, and the scaled sign of what is left', () => {
    const [t0, t1, s] = [0.1, -0.2, 0.3];
    const wanted = grid.map((x) => step(x - t0) + s * step(x - step(x - t0) - t1));
    expect(apply(dualScale(), grid, onGrid, ones, sides([t0, t1], [1, 1], s)).output).toEqual(close(wanted));
  });

  it('without a running mean the second scale is the mean |r| of each frame over channels', () => {
    const x = [0.5, -2, 1.5, 0.25, -1, 3];
    const residual = x.map((value) => value - step(value));
    const scale = [0, 1, 2].map((frame) => (Math.abs(residual[frame]!) + Math.abs(residual[3 + frame]!)) / 2);
    const wanted = x.map((value, at) => step(value) + scale[at % 3]! * step(residual[at]!));
    expect(apply(dualScale(), x, [2, 1, 1, 3], [1, 1, 1, 1, 1, 1], sides([0, 0], [1, 1])).output).toEqual(close(wanted));
    const overTime = [0, 1].map((channel) => residual.slice(3 * channel, 3 * channel + 3).reduce((total, r) => total + Math.abs(r) / 3, 0));
    const faithful = x.map((value, at) => step(value) + overTime[Math.floor(at / 3)]! * step(residual[at]!));
    expect(apply(dualScaleFaithful(), x, [2, 1, 1, 3], [1, 1, 1, 1, 1, 1], sides([0, 0], [1, 1])).output).toEqual(close(faithful));
  });

  it('slopes of 1: the gradient is 1 up to |x| = 2; slopes of 2: it is 2 up to 1.5, but for points', () => {
    expect(apply(dualScale(), grid, onGrid, ones, sides([0, 0], [1, 1])).gradient).toEqual(close(grid.map((x) => (Math.abs(x) <= 2 ? 1 : 0))));
    const twice = apply(dualScale(), grid, onGrid, ones, sides([0, 0], [2, 2])).gradient;
    const regular = grid.map((x, at) => [x, at] as const).filter(([x]) => ![0, 0.5].includes(Math.abs(x)));
    expect(regular.map(([, at]) => twice[at])).toEqual(regular.map(([x]) => (Math.abs(x) <= 1.5 ? 2 : 0)));
  });

  it('gradients of x, thresholds and slopes are those of the formulas', () => {
    const random = new Random(3);
    const [t0, t1, a0, a1] = [0.07, -0.04, 1.2, 0.9];
    const upstream = grid.map(() => random.normal());
    const { gradient, learned } = apply(dualScale(), grid, onGrid, upstream, sides([t0, t1], [a0, a1]));
    const terms = grid.map((x) => {
      const residual = x - step(x - t0) - t1;
      const [m1, m2] = [Math.abs(a0 * (x - t0)) <= 1 ? 1 : 0, Math.abs(a1 * residual) <= 1 ? 1 : 0];
      const [g1, g2] = [a0 * m1, a1 * m2];
      return { x: g1 + g2 * (1 - g1), t0: -g1 + g1 * g2, t1: -g2, a0: (x - t0) * m1 * (1 - g2), a1: residual * m2 };
    });
    const total = (role: keyof (typeof terms)[number]): number => terms.reduce((sum, term, at) => sum + term[role] * upstream[at]!, 0);
    expect(gradient).toEqual(close(terms.map((term, at) => term.x * upstream[at]!)));
    expect(learned['theta-0']).toEqual(close([total('t0')]));
    expect(learned['theta-1']).toEqual(close([total('t1')]));
    expect(learned['activation-alpha-0']).toEqual(close([total('a0')]));
    expect(learned['activation-alpha-1']).toEqual(close([total('a1')]));
  });
});

describe('released scale axes', () => {
  const weights = Array.from({ length: 12 }, (_, at) => Math.sin(at + 1) / 2);
  const pointwise = [3, 4, 1, 1];

  it('keep the real weights of a pointwise layer, where one factor an output takes one magnitude', () => {
    const mean = weights.reduce((total, weight) => total + weight, 0) / 12;
    const alpha = { 'weight-alpha': scalar(1) };
    expect(apply(xnorCentredReleased(), weights, pointwise, weights).output).toEqual(close(weights.map((weight) => weight - mean)));
    expect(apply(lpbReleased(), weights, pointwise, weights, alpha).output).toEqual(close(weights));
    for (const { output } of [apply(xnorCentred(), weights, pointwise, weights), apply(lpb(), weights, pointwise, weights, alpha)]) {
      for (let row = 0; row < 3; row++) expect(new Set(output.slice(4 * row, 4 * row + 4).map((weight) => Math.abs(weight).toFixed(12))).size).toBe(1);
    }
  });

  it('scale by 25 taps in the first version, by rows of them in the second', () => {
    const kernel = Array.from({ length: 50 }, (_, at) => Math.cos(at));
    const magnitudes = (output: readonly number[]): number => new Set(output.map((weight) => Math.abs(weight).toFixed(12))).size;
    expect(magnitudes(apply(xnorCentredReleased(), kernel, [1, 2, 5, 5], kernel).output)).toBe(2);
    expect(magnitudes(apply(lpbReleased(), kernel, [1, 2, 5, 5], kernel, { 'weight-alpha': scalar(1) }).output)).toBe(10);
  });

  it('have no 1-bit form', () => {
    const code = expect.objectContaining({ code: 'TRAIN_QUANTIZER' }) as unknown as Error;
    for (const quantizer of [xnorCentredReleased(), lpbReleased()]) expect(() => quantizer.integers(Float32Array.from(weights), pointwise)).toThrow(code);
  });
});

describe('activations of other methods', () => {
  const upstream = grid.map((_, at) => 1 + (at % 3));

  it('react: sign of x + offset, triangular gradient, which the offset collects', () => {
    const offset = { 'activation-offset': { shape: [1, 1, 1, 1], data: [0.25] } };
    const { output, gradient, learned } = apply(react(), grid, onGrid, upstream, offset);
    expect(output).toEqual(grid.map((x) => (x >= -0.25 ? 1 : -1)));
    const wanted = grid.map((x, at) => upstream[at]! * Math.max(0, 2 - 2 * Math.abs(x + 0.25)));
    expect(gradient).toEqual(close(wanted));
    expect(learned['activation-offset']).toEqual(close([wanted.reduce((total, slope) => total + slope, 0)]));
  });

  it('xnor-sign: times the mean magnitude of the frame', () => {
    expect(apply(xnorSign(), [1, -2, -3, 4], [2, 1, 1, 2], [1, 1, 1, 1])).toMatchObject({ output: [2, -3, -2, 3], gradient: [1, 0, 0, 0] });
  });

  it('recu-sign: the triangle in units of the deviation', () => {
    const x = [0.5, -0.5, 1, -1, 0.25, -0.25];
    const { output } = apply(recuSign(), x, [1, 1, 1, 6], [1, 1, 1, 1, 1, 1]);
    expect(output).toEqual([1, -1, 1, -1, 1, -1]);
    // A common factor of all values changes nothing, so the gradient is at right angles to x.
    const slopes = apply(recuSign(), x, [1, 1, 1, 6], [1, 2, 3, 4, 5, 6]).gradient;
    expect(slopes.reduce((total, slope, at) => total + slope * x[at]!, 0)).toBeCloseTo(0, 3);
    expect(Math.max(...slopes.map(Math.abs))).toBeGreaterThan(0.1);
  });

  test.each([
    [0, 9],
    [1, 18],
  ])('fda: the series of cosines, after a share of %d with %d terms more than one', (progress, last) => {
    const slope = (x: number): number =>
      Math.abs(x) > 1 ? 0 : ((4 * 0.1) / Math.PI) * Array.from({ length: last + 1 }, (_, i) => Math.cos((2 * i + 1) * 0.1 * x)).reduce((a, b) => a + b);
    const sides = { progress: scalar(progress) };
    expect(apply(fdaSign(), grid, onGrid, upstream, sides).gradient).toEqual(
      close(
        grid.map((x, at) => upstream[at]! * slope(x)),
        6,
      ),
    );
    expect(apply(fda(), grid, [1, grid.length], upstream, sides).gradient).toEqual(
      close(
        grid.map((x, at) => upstream[at]! * slope(x)),
        6,
      ),
    );
  });
});

describe('weights of other methods', () => {
  const weights = [0.5, -1.5, 0.25, 0.75];
  const scale = { 'weight-scale': { shape: [2, 1], data: [3, 4] } };

  it('sign-weights: no factor', () => {
    expect(apply(signWeights(), weights, [2, 2], [1, 2, 3, 4])).toMatchObject({ output: [1, -1, 1, 1], gradient: [1, 0, 3, 4] });
  });

  it('xnor-plus-plus: a learned factor an output, which scales the gradient', () => {
    const { output, gradient, learned } = apply(xnorPlusPlus(), weights, [2, 2], [1, 2, 3, 4], scale);
    expect(output).toEqual([3, -3, 4, 4]);
    expect(gradient).toEqual([3, 0, 12, 16]);
    expect(learned['weight-scale']).toEqual([-1, 7]);
    expect(xnorPlusPlus().integers(Float32Array.from(weights), [2, 2], { 'weight-scale': Float32Array.of(3, 4) }).scales).toEqual(Float32Array.of(3, 4));
  });

  it('recu: sign of the centred weight, nothing flows beyond the quantile, rows of the gradient add up to 0', () => {
    const row = [-3, -0.2, -0.1, 0.1, 0.2, 0.15, -0.15, 0.05];
    const side = { 'weight-scale': { shape: [1, 1], data: [2] }, progress: scalar(0) };
    const mean = row.reduce((total, weight) => total + weight, 0) / row.length;
    const { output, gradient, learned } = apply(recu(), row, [1, 8], [1, 2, 3, 4, 5, 6, 7, 8], side);
    const signs = row.map((weight) => (weight >= mean ? 1 : -1));
    expect(output).toEqual(signs.map((sign) => 2 * sign));
    expect(learned['weight-scale']).toEqual([signs.reduce((total, sign, at) => total + sign * (at + 1), 0)]);
    expect(gradient.reduce((total, slope) => total + slope, 0)).toBeCloseTo(0, 12);
    // Standardised, then clamped to its quantile of order 0.85: the outlier alone is out of reach, so its own upstream does not count.
    const changed = apply(recu(), row, [1, 8], [100, 2, 3, 4, 5, 6, 7, 8], side).gradient;
    expect(changed).toEqual(close(gradient));
    expect(recu().integers(Float32Array.from(row), [1, 8], { 'weight-scale': Float32Array.of(2) })).toEqual({
      integers: Int8Array.from(signs),
      scales: Float32Array.of(2),
    });
  });
});

test('a learned tensor that is missing is named', () => {
  expect(() => quantize(lpb(), constant(1, [1, 1]))).toThrow(
    expect.objectContaining({ code: 'TRAIN_QUANTIZER', message: expect.stringContaining('"weight-alpha"') }),
  );
});
