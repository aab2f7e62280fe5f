/**
 * Binary weights with one scale an output channel (XNOR-Net, Rastegari et al. 2016, arXiv 1603.05279): `s * sign(w)`, `s = mean |w|` over the
 * inputs and taps of the channel. The centred form subtracts the mean of the whole tensor first (BiFSMN, Qin et al. 2022, arXiv 2202.06483).
 * Gradient: clipped straight-through, unscaled, where |w| <= 1; the scale is taken as a constant. Centring passes its own gradient on.
 */
import { insideWindow, mean } from '../ir/compose.ts';
import { multiply, subtract } from '../ir/ops/binary.ts';
import { absolute, sign } from '../ir/ops/unary.ts';
import type { Value } from '../ir/types.ts';
import { checkBits, freezeRows, type QuantizerSettings, type WeightQuantizer } from './quantizer.ts';

/** The axes that an output channel spans. */
export function rowAxes(weights: Value): number[] {
  return weights.shape.map((_, axis) => axis).slice(1);
}

function binary(w: Value): Value {
  return multiply(sign(w), mean(absolute(w), rowAxes(w)));
}

function freezeBinary(row: Float32Array, integers: Int8Array): number {
  row.forEach((weight, at) => {
    integers[at] = weight >= 0 ? 1 : -1;
  });
  return row.reduce((total, weight) => total + Math.abs(weight), 0) / row.length;
}

/** `mean |w| * sign(w)` by output channel. @throws `TRAIN_QUANTIZER` for other than 1 bit. */
export function xnor({ bits }: QuantizerSettings = { bits: 1 }): WeightQuantizer {
  checkBits('xnor', bits, [1]);
  return {
    role: 'weight',
    name: 'xnor',
    bits: 1,
    forward: binary,
    gradient: (upstream, w) => insideWindow(w, 1, upstream),
    integers: (weights, shape) => freezeRows(weights, shape, freezeBinary),
  };
}

/** The same for `w - mean(w)`, the mean over the whole tensor. @throws `TRAIN_QUANTIZER` for other than 1 bit. */
export function xnorCentred({ bits }: QuantizerSettings = { bits: 1 }): WeightQuantizer {
  checkBits('xnor-centred', bits, [1]);
  const centre = (w: Value): Value => subtract(w, mean(w));
  return {
    role: 'weight',
    name: 'xnor-centred',
    bits: 1,
    forward: (w) => binary(centre(w)),
    gradient: (upstream, w) => centre(insideWindow(centre(w), 1, upstream)),
    integers: (weights, shape) => {
      const average = Math.fround(weights.reduce((total, weight) => total + weight, 0) / weights.length);
      return freezeRows(
        weights.map((weight) => weight - average),
        shape,
        freezeBinary,
      );
    },
  };
}
