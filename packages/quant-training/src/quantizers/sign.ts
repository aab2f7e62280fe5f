/**
 * Binary activations: `sign(x)` in {-1, +1}, `sign(0) = +1`. Two gradients to choose from:
 * the clipped straight-through estimator (Hubara et al. 2016, arXiv 1602.02830), 1 where |x| <= 1, else 0;
 * and the triangle of Bi-Real Net (Liu et al. 2018, arXiv 1808.00278), `max(0, 2 - 2 |x|)`, the derivative of a piecewise polynomial sign.
 * ReActNet (Liu et al. 2020, arXiv 2003.03488) adds a learned offset a channel first; XNOR-Net (Rastegari et al. 2016, arXiv 1603.05279) scales
 * by `mean |x|`, here over the channels of a frame, so that a stream can do the same; the scale is a constant.
 */
import { insideWindow, mean } from '../ir/compose.ts';
import { add, maximum, multiply, subtract } from '../ir/ops/binary.ts';
import { sumTo } from '../ir/ops/sum.ts';
import { absolute, sign as signOf } from '../ir/ops/unary.ts';
import type { Value } from '../ir/types.ts';
import { type ActivationQuantizer, checkBits, type QuantizerSettings, type QuantizerTensors } from './quantizer.ts';

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

const OFFSET = 'activation-offset';

/** Sign of `x + offset`, a learned number a channel, with the triangular gradient. @throws `TRAIN_QUANTIZER` for other than 1 bit. */
export function react({ bits }: QuantizerSettings = { bits: 1 }): ActivationQuantizer {
  checkBits('react', bits, [1]);
  const slope = (upstream: Value, x: Value, tensors: QuantizerTensors): Value => approxSign().gradient(upstream, add(x, tensors[OFFSET]!), tensors);
  return {
    role: 'activation',
    name: 'react',
    bits: 1,
    roles: [OFFSET],
    forward: (x, tensors) => signOf(add(x, tensors[OFFSET]!)),
    gradient: slope,
    tensorGradients: (upstream, x, tensors) => ({ [OFFSET]: sumTo(slope(upstream, x, tensors), tensors[OFFSET]!.shape) }),
  };
}

/** Sign times the mean magnitude of the frame, with the clipped straight-through gradient. @throws `TRAIN_QUANTIZER` for other than 1 bit. */
export function xnorSign({ bits }: QuantizerSettings = { bits: 1 }): ActivationQuantizer {
  checkBits('xnor-sign', bits, [1]);
  return { ...sign(), name: 'xnor-sign', forward: (x) => multiply(signOf(x), mean(absolute(x), [0, 2])) };
}
