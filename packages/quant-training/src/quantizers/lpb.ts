/**
 * The learning propagation binarizer of BiFSMNv2 (Qin et al. 2023, arXiv 2211.06987, as its released code has it): one learned slope `alpha` a unit,
 * `b = s sign(alpha x)`, with the gradient of `clip(alpha x, -1, 1)`: `alpha` to x and x to alpha where `|alpha x| <= 1`, else 0. The scale `s` is a
 * constant and multiplies neither. Forward the slope plays no part as long as it is positive, which limits keep it: what lies outside counts as the limit,
 * but its gradient passes, so that it finds its way back.
 */
import { clip, insideWindow, mean } from '../ir/compose.ts';
import { multiply } from '../ir/ops/binary.ts';
import { customGradient } from '../ir/ops/custom.ts';
import { sumTo } from '../ir/ops/sum.ts';
import { absolute, sign } from '../ir/ops/unary.ts';
import type { Value } from '../ir/types.ts';
import type { Operand } from '../ir/value.ts';
import { checkBits, composedRules, freezeSigns, meanMagnitude, refuseFreezing, type QuantizerSettings, type WeightQuantizer } from './quantizer.ts';
import { rowAxes } from './xnor.ts';

/** Smallest and largest slope. */
export const SLOPE_LIMITS = [0.05, 20] as const;

/** `scale * sign(x)` with the gradient of `clip(alpha x, -1, 1)`; alpha has one element, the scale broadcasts and gets no gradient. */
export function learnedSlopeSign(x: Value, alpha: Value, scale: Operand = 1): Value {
  const limited = customGradient(
    [alpha],
    (slope) => clip(slope, ...SLOPE_LIMITS),
    (upstream) => [upstream],
  );
  return customGradient(
    [x, limited],
    (value, _slope) => multiply(sign(value), scale),
    (upstream) => {
      const inside = insideWindow(multiply(limited, x), 1, upstream);
      return [multiply(inside, limited), sumTo(multiply(inside, x), alpha.shape)];
    },
  );
}

const ROLES = ['weight-alpha'];

/** `mean |w| * sign(w)` by output channel, with a learned slope. @throws `TRAIN_QUANTIZER` for other than 1 bit. */
export function lpb({ bits }: QuantizerSettings = { bits: 1 }): WeightQuantizer {
  checkBits('lpb', bits, [1]);
  return {
    role: 'weight',
    name: 'lpb',
    bits: 1,
    roles: ROLES,
    ...composedRules((w, tensors) => learnedSlopeSign(w, tensors['weight-alpha']!, mean(absolute(w), rowAxes(w))), ROLES),
    integers: (weights, shape) => freezeSigns(weights, shape, meanMagnitude),
  };
}

/**
 * The same as in the released code: the scale is the mean over the taps along time alone, so that a layer with one tap keeps its real weights.
 * @throws `TRAIN_QUANTIZER` for other than 1 bit.
 */
export function lpbReleased({ bits }: QuantizerSettings = { bits: 1 }): WeightQuantizer {
  const name = 'lpb-released';
  checkBits(name, bits, [1]);
  return {
    role: 'weight',
    name,
    bits: 1,
    roles: ROLES,
    ...composedRules((w, tensors) => learnedSlopeSign(w, tensors['weight-alpha']!, mean(absolute(w), [3])), ROLES),
    integers: () => refuseFreezing(name),
  };
}
