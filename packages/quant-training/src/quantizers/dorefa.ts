/**
 * DoReFa-Net weights (Zhou et al. 2016, arXiv 1606.06160, section 2.3). 1 bit: `sign(w) * mean |w|`, the mean over the whole layer.
 * k bits: `t = tanh(w) / max |tanh(w)|`, `q = round((2^k - 1) * (t / 2 + 1/2))`, `y = 2 q / (2^k - 1) - 1`: odd integers `2 q - (2^k - 1)`
 * over `2^k - 1`. Gradient: straight through the sign or the rounding, through the tanh as it is; means and maxima are constants.
 */
import { mean, square } from '../ir/compose.ts';
import { add, divide, multiply, subtract } from '../ir/ops/binary.ts';
import { reduceMaximum } from '../ir/ops/reduce-maximum.ts';
import { absolute, round, sign, tanh } from '../ir/ops/unary.ts';
import type { Value } from '../ir/types.ts';
import { checkBits, freezeRows, freezeSigns, meanMagnitude, type QuantizerSettings, type WeightQuantizer } from './quantizer.ts';

function dorefaBinary(): WeightQuantizer {
  return {
    role: 'weight',
    name: 'dorefa',
    bits: 1,
    forward: (w) => multiply(sign(w), mean(absolute(w))),
    gradient: (upstream) => upstream,
    integers: (weights, shape) => {
      const scale = meanMagnitude(weights);
      return freezeSigns(weights, shape, () => scale);
    },
  };
}

/** DoReFa weights of 1, 2, 4 or 5 bits; a layer of zeros has no k-bit form. @throws `TRAIN_QUANTIZER` for other widths. */
export function dorefa({ bits }: QuantizerSettings): WeightQuantizer {
  checkBits('dorefa', bits, [1, 2, 4, 5]);
  if (bits === 1) return dorefaBinary();
  const levels = 2 ** bits - 1;
  const largest = (w: Value): Value => reduceMaximum(absolute(tanh(w)));
  return {
    role: 'weight',
    name: 'dorefa',
    bits,
    forward: (w) => {
      const unit = add(multiply(divide(tanh(w), largest(w)), 0.5), 0.5);
      return divide(subtract(multiply(round(multiply(unit, levels)), 2), levels), levels);
    },
    gradient: (upstream, w) => divide(multiply(upstream, subtract(1, square(tanh(w)))), largest(w)),
    integers: (weights, shape) => {
      const maximum = weights.reduce((most, weight) => Math.max(most, Math.abs(Math.tanh(weight))), 0);
      return freezeRows(weights, shape, (row, integers) => {
        row.forEach((weight, at) => {
          integers[at] = 2 * Math.round(levels * (Math.tanh(weight) / maximum / 2 + 0.5)) - levels;
        });
        return 1 / levels;
      });
    },
  };
}
