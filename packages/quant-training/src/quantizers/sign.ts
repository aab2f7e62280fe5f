/**
 * Binary activations without a scale: `sign(x)` in {-1, +1}, `sign(0) = +1`. Two gradients to choose from:
 * the clipped straight-through estimator (Hubara et al. 2016, arXiv 1602.02830), 1 where |x| <= 1, else 0;
 * and the triangle of Bi-Real Net (Liu et al. 2018, arXiv 1808.00278), `max(0, 2 - 2 |x|)`, the derivative of a piecewise polynomial sign.
 */
import { insideWindow } from '../ir/compose.ts';
import { maximum, multiply, subtract } from '../ir/ops/binary.ts';
import { absolute, sign as signOf } from '../ir/ops/unary.ts';
import { type ActivationQuantizer, checkBits, type QuantizerSettings } from './quantizer.ts';

/** Sign with the clipped straight-through gradient. @throws `TRAIN_QUANTIZER` for other than 1 bit. */
export function sign({ bits }: QuantizerSettings = { bits: 1 }): ActivationQuantizer {
  checkBits('sign', bits, [1]);
  return { role: 'activation', name: 'sign', bits: 1, forward: signOf, gradient: (upstream, x) => insideWindow(x, 1, upstream) };
}

/** Sign with the triangular gradient of Bi-Real Net. @throws `TRAIN_QUANTIZER` for other than 1 bit. */
export function approxSign({ bits }: QuantizerSettings = { bits: 1 }): ActivationQuantizer {
  checkBits('approx-sign', bits, [1]);
  return {
    role: 'activation',
    name: 'approx-sign',
    bits: 1,
    forward: signOf,
    gradient: (upstream, x) => multiply(upstream, maximum(subtract(2, multiply(absolute(x), 2)), 0)),
  };
}
