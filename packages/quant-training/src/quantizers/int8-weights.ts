/**
 * Weights as 8-bit integers, symmetric, one scale an output channel: `s = max |w| / 127`, `q = round(w / s)` in [-127, 127], `y = q * s`.
 * Nothing is clipped, so the gradient passes straight through; the scale is taken as a constant (Jacob et al. 2018, arXiv 1712.05877, section 3).
 */
import { divide, maximum, multiply } from '../ir/ops/binary.ts';
import { reduceMaximum } from '../ir/ops/reduce-maximum.ts';
import { absolute, round } from '../ir/ops/unary.ts';
import { checkBits, freezeRows, type QuantizerSettings, type WeightQuantizer } from './quantizer.ts';
import { rowAxes } from './xnor.ts';

/** Keeps the scale of a channel of zeros from dividing by 0; a power of two far below any trained weight. */
const SMALLEST = 2 ** -60;

/** Symmetric 8-bit weights. @throws `TRAIN_QUANTIZER` for other than 8 bits. */
export function int8Weights({ bits }: QuantizerSettings = { bits: 8 }): WeightQuantizer {
  checkBits('int8-weights', bits, [8]);
  return {
    role: 'weight',
    name: 'int8-weights',
    bits: 8,
    forward: (w) => {
      const scale = divide(maximum(reduceMaximum(absolute(w), rowAxes(w)), SMALLEST), 127);
      return multiply(round(divide(w, scale)), scale);
    },
    gradient: (upstream) => upstream,
    integers: (weights, shape) =>
      freezeRows(weights, shape, (row, integers) => {
        const largest = row.reduce((maximum, weight) => Math.max(maximum, Math.abs(weight)), SMALLEST);
        const scale = Math.fround(largest / 127);
        row.forEach((weight, at) => {
          const ratio = Math.fround(weight / scale);
          integers[at] = Math.sign(ratio) * Math.round(Math.abs(ratio));
        });
        return scale;
      }),
  };
}
