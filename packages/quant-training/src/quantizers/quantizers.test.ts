import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  activationQuantizer,
  approxSign,
  dorefa,
  int8,
  int8Weights,
  QUANTIZERS,
  sign,
  ternary,
  WEIGHT_QUANTIZERS,
  weightQuantizer,
  type WeightQuantizerName,
  xnor,
  xnorCentred,
} from './index.ts';
import { apply } from './testing/apply.ts';

const close = (numbers: readonly number[]): unknown[] => numbers.map((number) => expect.closeTo(number, 12) as unknown);

describe('activation quantizers', () => {
  const x = [-1.5, -1, -0.25, 0, 0.75, 1, 2];
  const upstream = [1, 2, 3, 4, 5, 6, 7];

  it('sign: +1 at 0, straight through up to 1', () => {
    expect(apply(sign(), x, [7], upstream)).toMatchObject({ output: [-1, -1, -1, 1, 1, 1, 1], gradient: [0, 2, 3, 4, 5, 6, 0] });
  });

  it('approx-sign: triangle 2 - 2|x|', () => {
    expect(apply(approxSign(), x, [7], upstream)).toMatchObject({ output: [-1, -1, -1, 1, 1, 1, 1], gradient: [0, 0, 4.5, 8, 2.5, 0, 0] });
  });

  it('int8: halves upwards, saturated, straight through in [-range, range)', () => {
    const step = 2 / 128;
    const values = [-2.1, -2, -1.5 * step, -0.5 * step, 0.5 * step, 1.49 * step, 127.6 * step, 2];
    const { output, gradient } = apply(int8({ bits: 8, range: 2 }), values, [8], [1, 1, 1, 1, 1, 1, 1, 1]);
    expect(output.map((value) => value / step + 0)).toEqual([-128, -128, -1, 0, 1, 1, 127, 127]);
    expect(gradient).toEqual([0, 1, 1, 1, 1, 1, 1, 0]);
  });
});

describe('weight quantizers', () => {
  it('xnor: mean |w| by output channel', () => {
    const { output, gradient } = apply(xnor(), [0.5, -1.5, 0.2, 0.6], [2, 2], [1, 2, 3, 4]);
    expect(output).toEqual(close([1, -1, 0.4, 0.4]));
    expect(gradient).toEqual([1, 0, 3, 4]);
  });

  it('xnor-centred: mean of the tensor removed, from the gradient too', () => {
    const { output, gradient } = apply(xnorCentred(), [0.5, 0.1, 0.2, 0.4], [2, 2], [1, 2, 3, 6]);
    expect(output).toEqual(close([0.2, -0.2, -0.1, 0.1]));
    expect(gradient).toEqual(close([-2, -1, 0, 3]));
  });

  it('dorefa with 1 bit: mean |w| of the layer', () => {
    const { output, gradient } = apply(dorefa({ bits: 1 }), [0.5, -1.5, 0.2, 0.6], [2, 2], [1, 2, 3, 4]);
    expect(output).toEqual(close([0.7, -0.7, 0.7, 0.7]));
    expect(gradient).toEqual([1, 2, 3, 4]);
  });

  it('dorefa with 2 bits: thirds of tanh(w) / max', () => {
    const weights = [1, 0.5, 0.1, -1];
    const { output, gradient } = apply(dorefa({ bits: 2 }), weights, [1, 4], [1, 1, 1, 1]);
    expect(output).toEqual(close([1, 1 / 3, 1 / 3, -1]));
    expect(gradient).toEqual(close(weights.map((weight) => (1 - Math.tanh(weight) ** 2) / Math.tanh(1))));
  });

  it('ternary: zero below 0.7 of the mean, scale from the rest', () => {
    const { output, gradient } = apply(ternary(), [1, -0.5, 0.1, 0, 0.3, 0.3, -0.3, -0.3], [2, 4], [1, 2, 3, 4, 5, 6, 7, 8]);
    expect(output.map((value) => value + 0)).toEqual(close([0.75, -0.75, 0, 0, 0.3, 0.3, -0.3, -0.3]));
    expect(gradient).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('int8-weights: largest magnitude becomes 127', () => {
    const { output, gradient } = apply(int8Weights(), [1.27, -0.005, 0.014, 0, 0, 0], [2, 3], [1, 2, 3, 4, 5, 6]);
    expect(output.map((value) => value + 0)).toEqual(close([1.27, -0.01, 0.01, 0, 0, 0]));
    expect(gradient).toEqual([1, 2, 3, 4, 5, 6]);
  });

  const widths: Partial<Record<WeightQuantizerName, readonly number[]>> = { dorefa: [1, 2, 4, 5], ternary: [2], 'int8-weights': [8] };
  const deployable = (Object.keys(WEIGHT_QUANTIZERS) as WeightQuantizerName[]).filter((name) => !name.endsWith('-released'));
  for (const name of deployable) {
    it.each([...(widths[name] ?? [1])])(`${name} with %i bits: frozen integers times scales are the forward value`, (bits) => {
      const rows = fc.integer({ min: 1, max: 5 });
      const columns = fc.integer({ min: 1, max: 9 });
      const shapes = fc.tuple(rows, columns, columns);
      const cases = shapes.chain((shape) => {
        const size = shape[0] * shape[1] * shape[2];
        return fc.tuple(
          fc.constant(shape),
          fc.array(fc.float({ min: -1.5, max: 1.5, noNaN: true, noDefaultInfinity: true }), { minLength: size, maxLength: size }),
        );
      });
      fc.assert(
        fc.property(cases, ([shape, weights]) => {
          fc.pre(weights.some((weight) => Math.abs(weight) > 1e-3));
          const quantizer = weightQuantizer(name, { bits });
          const learned = Object.fromEntries(
            (quantizer.roles ?? []).map((role) => [role, Float32Array.from({ length: role === 'weight-scale' ? shape[0] : 1 }, (_, at) => 0.5 + at)]),
          );
          const { integers, scales } = quantizer.integers(Float32Array.from(weights), shape, learned);
          const sides = Object.entries(learned).map(([role, data]) => [role, { shape: data.length > 1 ? [data.length, 1, 1] : [1], data: [...data] }]);
          const { output } = apply(quantizer, weights, shape, weights, Object.fromEntries(sides));
          const length = weights.length / shape[0];
          // A weight within f32 rounding of a threshold may fall on either side of it.
          const differing = output.filter((value, at) => Math.abs(value - integers[at]! * scales[Math.floor(at / length)]!) > 1e-5);
          expect(differing.length).toBeLessThanOrEqual(/centred|recu|ternary|int8/.test(name) ? 1 : 0);
        }),
        { numRuns: 60, seed: 1 },
      );
    });
  }
});

describe('lookup', () => {
  it('knows every name under the name of its value', () => {
    for (const [name, make] of Object.entries(QUANTIZERS)) {
      const bits = [1, 2, 8].find((candidate) => {
        try {
          return make({ bits: candidate, range: 1 }).bits === candidate;
        } catch {
          return false;
        }
      });
      expect(make({ bits: bits!, range: 1 }).name).toBe(name);
    }
  });

  it('refuses unknown names, wrong roles, widths and ranges', () => {
    const code = expect.objectContaining({ code: 'TRAIN_QUANTIZER' }) as unknown as Error;
    expect(() => activationQuantizer('xnor', { bits: 1 })).toThrow(code);
    expect(() => weightQuantizer('toString', { bits: 1 })).toThrow(code);
    expect(() => weightQuantizer('xnor', { bits: 2 })).toThrow(code);
    expect(() => activationQuantizer('int8', { bits: 8, range: 3 })).toThrow(code);
    expect(() => activationQuantizer('int8', { bits: 8 })).toThrow(code);
  });
});
