/**
 * Activations as 8-bit integers with zero point 0 and a power-of-two step: `q = clamp(floor(x / step + 1/2), -128, 127)`, `y = q * step`,
 * `step = range / 128`. Halves round upwards, as in the integer requantisation of a deployed network; the division is exact.
 * Gradient: straight through where `-range <= x < range`, else 0.
 */
import { TrainingError } from '../errors.ts';
import { clip, roundHalfUp } from '../ir/compose.ts';
import { greater, greaterEqual, multiply } from '../ir/ops/binary.ts';
import { where } from '../ir/ops/where.ts';
import { type ActivationQuantizer, checkBits, type QuantizerSettings } from './quantizer.ts';

/**
 * Symmetric 8-bit activations over a fixed range.
 *
 * @throws `TRAIN_QUANTIZER` for other than 8 bits or a range that is not a power of two.
 */
export function int8({ bits, range }: QuantizerSettings): ActivationQuantizer {
  checkBits('int8', bits, [8]);
  if (range === undefined || !(range > 0 && Number.isInteger(Math.log2(range)))) {
    throw new TrainingError('TRAIN_QUANTIZER', `quantizer "int8": got range ${range}, wanted a power of two`);
  }
  const step = range / 128;
  return {
    role: 'activation',
    name: 'int8',
    bits: 8,
    forward: (x) => multiply(clip(roundHalfUp(multiply(x, 1 / step)), -128, 127), step),
    gradient: (upstream, x) => where(greaterEqual(x, -range), where(greater(range, x), upstream, 0), 0),
  };
}
