/**
 * Ternary weights with one scale an output channel (TWN, Li, Liu 2016, arXiv 1605.04711): with `d = 0.7 * mean |w|`, a weight is 0 where
 * |w| <= d, else `s * sign(w)`, `s` the mean of |w| over those above d. Gradient: straight through; thresholds and scales are constants.
 */
import { mean } from '../ir/compose.ts';
import { divide, greater, maximum, multiply } from '../ir/ops/binary.ts';
import { sum } from '../ir/ops/sum.ts';
import { absolute, sign } from '../ir/ops/unary.ts';
import { checkBits, freezeRows, type QuantizerSettings, type WeightQuantizer } from './quantizer.ts';
import { rowAxes } from './xnor.ts';

/** Share of the mean magnitude below which a weight is 0: the optimum for Gaussian weights. */
const THRESHOLD = 0.7;

/** Ternary weights. @throws `TRAIN_QUANTIZER` for other than 2 bits. */
export function ternary({ bits }: QuantizerSettings = { bits: 2 }): WeightQuantizer {
  checkBits('ternary', bits, [2]);
  return {
    role: 'weight',
    name: 'ternary',
    bits: 2,
    forward: (w) => {
      const magnitude = absolute(w);
      const kept = greater(magnitude, multiply(mean(magnitude, rowAxes(w)), THRESHOLD));
      const scale = divide(sum(multiply(magnitude, kept), rowAxes(w)), maximum(sum(kept, rowAxes(w)), 1));
      return multiply(multiply(sign(w), kept), scale);
    },
    gradient: (upstream) => upstream,
    integers: (weights, shape) =>
      freezeRows(weights, shape, (row, integers) => {
        const average = row.reduce((total, weight) => total + Math.abs(weight), 0) / row.length;
        let total = 0;
        let kept = 0;
        row.forEach((weight, at) => {
          if (Math.abs(weight) <= THRESHOLD * average) return;
          integers[at] = weight >= 0 ? 1 : -1;
          total += Math.abs(weight);
          kept++;
        });
        return total / Math.max(kept, 1);
      }),
  };
}
