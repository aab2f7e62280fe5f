/**
 * ReCU (Xu et al. 2021, arXiv 2103.12369). Weights: standardised by output channel to a deviation of `2 sqrt 2`, clamped to their quantile of order `tau`
 * as if they were Laplacian, `|w| <= -E|w| ln(2 - 2 tau)`, so that weights far out come back into reach; then the sign, straight through, times one
 * learned scale an output channel; `tau` rises from 0.85 to 0.99. Activations: `sign(x / deviation of the clip)`, which is `sign(x)`, with the gradient `max(0, 2 - |2 x / deviation|)`.
 */
import { clip, mean, square } from '../ir/compose.ts';
import { add, divide, multiply, subtract } from '../ir/ops/binary.ts';
import { customGradient } from '../ir/ops/custom.ts';
import { absolute, exp, log, negate, sign, sqrt, stopGradient } from '../ir/ops/unary.ts';
import { sizeOf } from '../ir/shape.ts';
import type { Value } from '../ir/types.ts';
import { type ActivationQuantizer, checkBits, composedRules, freezeSigns, type QuantizerSettings, type WeightQuantizer } from './quantizer.ts';
import { approxSign } from './sign.ts';
import { WEIGHT_SCALE } from './sign-weights.ts';
import { rowAxes } from './xnor.ts';

/** Added to variances, as in the released code. */
const EPSILON = 1e-5;
const TAU = { first: 0.85, last: 0.99 } as const;

/** Square root of the unbiased variance over `axes`. */
function deviation(x: Value, axes: readonly number[]): Value {
  const spread = square(subtract(x, mean(x, axes)));
  const average = mean(spread, axes);
  const count = sizeOf(x.shape) / sizeOf(average.shape);
  return sqrt(add(multiply(average, count / Math.max(count - 1, 1)), EPSILON));
}

/** `tau` after a share of the training, an exponential from the first to the last value. */
function quantileOrder(progress: Value): Value {
  const factor = (TAU.last - TAU.first) / (Math.E - 1);
  return add(multiply(exp(progress), factor), TAU.first - factor);
}

/** ReCU's weights. @throws `TRAIN_QUANTIZER` for other than 1 bit. */
export function recu({ bits }: QuantizerSettings = { bits: 1 }): WeightQuantizer {
  checkBits('recu', bits, [1]);
  const roles = [WEIGHT_SCALE];
  return {
    role: 'weight',
    name: 'recu',
    bits: 1,
    roles,
    ...composedRules((w, tensors) => {
      const axes = rowAxes(w);
      const standard = divide(subtract(w, mean(w, axes)), divide(deviation(w, axes), 2 * Math.SQRT2));
      const quantile = negate(multiply(mean(absolute(standard)), log(subtract(2, multiply(quantileOrder(tensors['progress']!), 2)))));
      const bound = stopGradient(quantile);
      const straight = customGradient([clip(standard, negate(bound), bound)], sign, (upstream) => [upstream]);
      return multiply(straight, tensors[WEIGHT_SCALE]!);
    }, roles),
    integers: (weights, shape, tensors) => {
      const columns = weights.length / shape[0]!;
      const centred = weights.map((weight, at) => {
        const row = weights.subarray(at - (at % columns), at - (at % columns) + columns);
        return weight - Math.fround(row.reduce((total, other) => total + other, 0) / columns);
      });
      return freezeSigns(centred, shape, (_, channel) => tensors![WEIGHT_SCALE]![channel]!);
    },
  };
}

/** ReCU's activations. @throws `TRAIN_QUANTIZER` for other than 1 bit. */
export function recuSign({ bits }: QuantizerSettings = { bits: 1 }): ActivationQuantizer {
  checkBits('recu-sign', bits, [1]);
  const { forward, gradient } = approxSign();
  return {
    role: 'activation',
    name: 'recu-sign',
    bits: 1,
    ...composedRules((x, tensors) => {
      const standard = divide(x, deviation(x, [0, 2, 3]));
      return customGradient(
        [standard],
        (value) => forward(value, tensors),
        (upstream) => [gradient(upstream, standard, tensors)],
      );
    }),
  };
}
