/**
 * Binary weights with one scale an output channel (XNOR-Net, Rastegari et al. 2016, arXiv 1603.05279): `s * sign(w)`, `s = mean |w|` over the
 * inputs and taps of the channel. The centred form subtracts the mean of the whole tensor first (BiFSMN, Qin et al. 2022, arXiv 2202.06483).
 * Gradient: clipped straight-through, unscaled, where |w| <= 1; the scale is taken as a constant. Centring passes its own gradient on.
 */
import { insideWindow, mean } from '../ir/compose.ts';
import { multiply, subtract } from '../ir/ops/binary.ts';
import { absolute, sign } from '../ir/ops/unary.ts';
import type { Value } from '../ir/types.ts';
import { checkBits, freezeSigns, meanMagnitude, refuseFreezing, type QuantizerSettings, type WeightQuantizer } from './quantizer.ts';

/** The axes that an output channel spans. */
export function rowAxes(weights: Value): number[] {
  return weights.shape.map((_, axis) => axis).slice(1);
}

function binary(w: Value, axes: readonly number[] = rowAxes(w)): Value {
  return multiply(sign(w), mean(absolute(w), axes));
}

const centre = (w: Value): Value => subtract(w, mean(w));

function centredGradient(upstream: Value, w: Value): Value {
  return centre(insideWindow(centre(w), 1, upstream));
}

/** `mean |w| * sign(w)` by output channel. @throws `TRAIN_QUANTIZER` for other than 1 bit. */
export function xnor({ bits }: QuantizerSettings = { bits: 1 }): WeightQuantizer {
  checkBits('xnor', bits, [1]);
  return {
    role: 'weight',
    name: 'xnor',
    bits: 1,
    forward: (w) => binary(w),
    gradient: (upstream, w) => insideWindow(w, 1, upstream),
    integers: (weights, shape) => freezeSigns(weights, shape, meanMagnitude),
  };
}

/** The same for `w - mean(w)`, the mean over the whole tensor. @throws `TRAIN_QUANTIZER` for other than 1 bit. */
export function xnorCentred({ bits }: QuantizerSettings = { bits: 1 }): WeightQuantizer {
  checkBits('xnor-centred', bits, [1]);
  return {
    role: 'weight',
    name: 'xnor-centred',
    bits: 1,
    forward: (w) => binary(centre(w)),
    gradient: centredGradient,
    integers: (weights, shape) => {
      const average = Math.fround(weights.reduce((total, weight) => total + weight, 0) / weights.length);
      return freezeSigns(
        weights.map((weight) => weight - average),
        shape,
        meanMagnitude,
      );
    },
  };
}

/**
 * The centred form as BiFSMN's released code computes it: the scale is the mean over the taps `[2, 3]` alone. A layer with one tap keeps its real
 * weights, `sign(w) |w| = w`; none has a 1-bit form with one factor an output channel.
 * @throws `TRAIN_QUANTIZER` for other than 1 bit.
 */
export function xnorCentredReleased({ bits }: QuantizerSettings = { bits: 1 }): WeightQuantizer {
  const name = 'xnor-centred-released';
  checkBits(name, bits, [1]);
  return { role: 'weight', name, bits: 1, forward: (w) => binary(centre(w), [2, 3]), gradient: centredGradient, integers: () => refuseFreezing(name) };
}
