/**
 * Dual-scale binary activations of BiFSMNv2 (Qin et al. 2023, arXiv 2211.06987), two binary terms of learned thresholds `t` and slopes:
 * `b1 = sign(x - t0)`, `r = x - b1 - t1`, `a = b1 + s2 sign(r) - t2`, with the gradient of learned slopes (lpb.ts) through both signs, b1 within r included;
 * `s2 = mean |r|` is a constant. A layer computes two binary products: `y = W b1 + s2 W b2 - W t2`.
 *
 * That takes an s2 which leaves the sum over inputs: one number a frame where a layer reads one frame at a time, else a running mean
 * (`residual-scale`, one number a channel of a depthwise layer, one number in all of a wider one), so that a stream needs no frames to come.
 * The last threshold is a constant of each output, at the border too: the layer subtracts it (`shift`).
 */
import { mean } from '../ir/compose.ts';
import { add, subtract } from '../ir/ops/binary.ts';
import { absolute, stopGradient } from '../ir/ops/unary.ts';
import type { Value } from '../ir/types.ts';
import { learnedSlopeSign } from './lpb.ts';
import { type ActivationQuantizer, checkBits, composedRules, type QuantizerSettings, type QuantizerTensors } from './quantizer.ts';

const ROLES = ['theta-0', 'theta-1', 'activation-alpha-0', 'activation-alpha-1'];
const SCALE = 'residual-scale';

/** The first term, and what it leaves. */
function split(x: Value, tensors: QuantizerTensors): { readonly first: Value; readonly residual: Value } {
  const first = learnedSlopeSign(subtract(x, tensors['theta-0']!), tensors['activation-alpha-0']!);
  return { first, residual: subtract(subtract(x, first), tensors['theta-1']!) };
}

function binarize(x: Value, tensors: QuantizerTensors, axes: readonly number[]): Value {
  const { first, residual } = split(x, tensors);
  const scale = tensors[SCALE] ?? mean(absolute(residual), axes);
  return add(first, learnedSlopeSign(residual, tensors['activation-alpha-1']!, stopGradient(scale)));
}

/** Two binary terms whose second scale can be deployed. @throws `TRAIN_QUANTIZER` for other than 1 bit. */
export function dualScale({ bits }: QuantizerSettings = { bits: 1 }): ActivationQuantizer {
  checkBits('dual-scale', bits, [1]);
  return {
    role: 'activation',
    name: 'dual-scale',
    bits: 1,
    roles: ROLES,
    shift: 'theta-2',
    statistic: { role: SCALE, of: (x, tensors) => absolute(split(x, tensors).residual) },
    ...composedRules((x, tensors) => binarize(x, tensors, [0, 2]), ROLES),
  };
}

/**
 * The same with the second scale of the released code, one number for each clip, channel and row: the mean over time. It cannot leave the sum over
 * inputs of a dense layer; for comparison in training. @throws `TRAIN_QUANTIZER` for other than 1 bit.
 */
export function dualScaleFaithful({ bits }: QuantizerSettings = { bits: 1 }): ActivationQuantizer {
  checkBits('dual-scale-faithful', bits, [1]);
  return {
    role: 'activation',
    name: 'dual-scale-faithful',
    bits: 1,
    roles: ROLES,
    shift: 'theta-2',
    trainingOnly: true,
    ...composedRules((x, tensors) => binarize(x, tensors, [3]), ROLES),
  };
}
