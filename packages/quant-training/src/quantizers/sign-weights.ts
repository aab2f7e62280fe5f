/**
 * Binary weights whose magnitude is not taken from the weights: none at all (BNN, Hubara et al. 2016, arXiv 1602.02830), `sign(w)`, or one learned
 * scale an output channel (XNOR-Net++, Bulat, Tzimiropoulos 2019, arXiv 1909.13863, its first case), `g sign(w)`. The other cases of that paper give
 * every position of a clip a scale of its own, which a stream does not have. Gradient: clipped straight-through where |w| <= 1.
 */
import { insideWindow } from '../ir/compose.ts';
import { multiply } from '../ir/ops/binary.ts';
import { sumTo } from '../ir/ops/sum.ts';
import { sign } from '../ir/ops/unary.ts';
import { checkBits, freezeSigns, type QuantizerSettings, type WeightQuantizer } from './quantizer.ts';

/** Role of the learned scale. */
export const WEIGHT_SCALE = 'weight-scale';

/** `sign(w)`. @throws `TRAIN_QUANTIZER` for other than 1 bit. */
export function signWeights({ bits }: QuantizerSettings = { bits: 1 }): WeightQuantizer {
  checkBits('sign-weights', bits, [1]);
  return {
    role: 'weight',
    name: 'sign-weights',
    bits: 1,
    forward: sign,
    gradient: (upstream, w) => insideWindow(w, 1, upstream),
    integers: (weights, shape) => freezeSigns(weights, shape, () => 1),
  };
}

/** `sign(w)` times a learned number an output channel. @throws `TRAIN_QUANTIZER` for other than 1 bit. */
export function xnorPlusPlus({ bits }: QuantizerSettings = { bits: 1 }): WeightQuantizer {
  checkBits('xnor-plus-plus', bits, [1]);
  return {
    role: 'weight',
    name: 'xnor-plus-plus',
    bits: 1,
    roles: [WEIGHT_SCALE],
    forward: (w, tensors) => multiply(sign(w), tensors[WEIGHT_SCALE]!),
    gradient: (upstream, w, tensors) => insideWindow(w, 1, multiply(upstream, tensors[WEIGHT_SCALE]!)),
    tensorGradients: (upstream, w, tensors) => ({ [WEIGHT_SCALE]: sumTo(multiply(upstream, sign(w)), tensors[WEIGHT_SCALE]!.shape) }),
    integers: (weights, shape, tensors) => freezeSigns(weights, shape, (_, channel) => tensors![WEIGHT_SCALE]![channel]!),
  };
}
