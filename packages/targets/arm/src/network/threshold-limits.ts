/** Thresholds of a layer whose outputs are bits, as the comparison that the exported C makes. */
import type { ThresholdEpilogue } from '@bitvox/runtime';

const LIMIT_16 = 32_767;

/**
 * `(value >= limit) != inverted` from "value * direction >= threshold". Limits are clipped to where no value can reach, so that they fit
 * the type of the value.
 */
export function thresholdLimits({ thresholds, directions }: ThresholdEpilogue, isNarrow: boolean): { limits: number[]; inverted: boolean[] } {
  const bound = isNarrow ? LIMIT_16 : 2 ** 30;
  const inverted = Array.from(directions, (direction) => direction < 0);
  const limits = Array.from(thresholds, (threshold, channel) => Math.max(-bound, Math.min(bound, inverted[channel]! ? 1 - threshold : threshold)));
  return { limits, inverted };
}
