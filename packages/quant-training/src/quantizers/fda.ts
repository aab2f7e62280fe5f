/**
 * Frequency domain approximation (Xu et al. 2021, FDA-BNN, arXiv 2103.00841): the sign as the Fourier series of a square wave, whose derivative
 * `4 w / pi * sum over i = 0..n of cos((2 i + 1) w x)`, `w = 0.1`, is the gradient where |x| <= 1, else 0; n rises from 9 to 18.
 * Weights have one scale an output channel, `mean |w|`, a constant. The paper's small network that learns the rest of the gradient is left out: its share fades
 * to 0 over the training, and nothing of it is deployed.
 */
import { insideWindow } from '../ir/compose.ts';
import { add, greaterEqual, multiply, subtract } from '../ir/ops/binary.ts';
import type { Value } from '../ir/types.ts';
import { type ActivationQuantizer, checkBits, type QuantizerSettings, type Rules, type WeightQuantizer } from './quantizer.ts';
import { sign } from './sign.ts';
import { xnor } from './xnor.ts';

const FREQUENCY = 0.1;
const TERMS = { first: 9, last: 18 } as const;

/** cos for arguments of at most 0.2, its Taylor series; the error is less than 1e-9. */
function smallCosine(x: Value): Value {
  const square = multiply(x, x);
  return add(1, multiply(square, add(-1 / 2, multiply(square, add(1 / 24, multiply(square, -1 / 720))))));
}

/** The sum of cosines, by the recurrence `cos((2 i + 3) y) = 2 cos(2 y) cos((2 i + 1) y) - cos((2 i - 1) y)`. */
function seriesSlope(x: Value, progress: Value): Value {
  const angle = multiply(x, FREQUENCY);
  const twice = multiply(smallCosine(multiply(angle, 2)), 2);
  let [before, cosine] = [smallCosine(angle), smallCosine(angle)];
  let total: Value = cosine;
  const count = add(multiply(progress, TERMS.last - TERMS.first), TERMS.first);
  for (let term = 1; term <= TERMS.last; term++) {
    [before, cosine] = [cosine, subtract(multiply(twice, cosine), before)];
    total = add(total, term <= TERMS.first ? cosine : multiply(cosine, greaterEqual(count, term)));
  }
  return multiply(total, (4 * FREQUENCY) / Math.PI);
}

const gradient: Rules['gradient'] = (upstream, x, tensors) => insideWindow(x, 1, multiply(upstream, seriesSlope(x, tensors['progress']!)));

/** Sign with the gradient of the series. @throws `TRAIN_QUANTIZER` for other than 1 bit. */
export function fdaSign({ bits }: QuantizerSettings = { bits: 1 }): ActivationQuantizer {
  checkBits('fda-sign', bits, [1]);
  return { ...sign(), name: 'fda-sign', gradient };
}

/** `mean |w| * sign(w)` by output channel with the gradient of the series. @throws `TRAIN_QUANTIZER` for other than 1 bit. */
export function fda({ bits }: QuantizerSettings = { bits: 1 }): WeightQuantizer {
  checkBits('fda', bits, [1]);
  return { ...xnor(), name: 'fda', gradient };
}
