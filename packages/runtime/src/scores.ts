/**
 * Scores: an integer softmax over logits in Q8.8, bit exact everywhere and portable to 32-bit C.
 *
 * `d = min(max - q, 16.0)`, `t = d * log2(e)` in Q24, `e = 2^-frac(t)` by a table of 33 entries in Q20 and a line between them,
 * shifted right by the whole part of `t`; `score = (e * 32767 + floor(sum / 2)) / sum`, rounded down.
 * Invariant: at most 4095 labels, so that the sum of the `e` stays within 32 bits; every score is 0 to 32767.
 */
import { RuntimeError } from './errors.ts';

/** The score that stands for certainty. */
export const SCORE_ONE = 32_767;
/** Most labels a softmax takes. */
export const MAXIMUM_LABELS = 4_095;
/** Fractional bits of a logit. */
export const LOGIT_BITS = 8;

const LOG2_E_Q16 = 94_548;
const LARGEST_DISTANCE = 16 << LOGIT_BITS;
/** `2^(-j / 32)` in Q20, rounded; written out so that no engine's `Math.pow` matters. */
export const EXPONENTIALS: readonly number[] = [
  1_048_576, 1_026_107, 1_004_120, 982_604, 961_548, 940_944, 920_782, 901_051, 881_744, 862_850, 844_361, 826_268, 808_563, 791_237, 774_282, 757_691, 741_455,
  725_567, 710_020, 694_806, 679_917, 665_348, 651_091, 637_140, 623_487, 610_127, 597_053, 584_260, 571_740, 559_489, 547_500, 535_768, 524_288,
];

/** `exp(-distance / 256)` in Q20. */
export function negativeExponential(distance: number): number {
  const power = Math.min(distance, LARGEST_DISTANCE) * LOG2_E_Q16;
  const whole = power >> 24;
  const fraction = (power >> 8) & 0xffff;
  const low = EXPONENTIALS[fraction >> 11]!;
  const high = EXPONENTIALS[(fraction >> 11) + 1]!;
  return (low - (((low - high) * (fraction & 2047)) >> 11)) >> whole;
}

/** Logits as the softmax reads them: real values times 256, rounded half up, within 16 bits. */
export function logitsFromReal(values: ArrayLike<number>, scale: number, into: Int16Array): void {
  const factor = scale * 2 ** LOGIT_BITS;
  for (let label = 0; label < into.length; label++) into[label] = Math.max(-32_768, Math.min(32_767, Math.floor(values[label]! * factor + 0.5)));
}

/**
 * Scores of logits.
 * @param logits Q8.8, one per label, 1 to 4095 of them
 * @param into receives scores 0 to 32767
 * @throws RuntimeError `RUNTIME_OPTION`
 */
export function softmax(logits: Int16Array, into: Uint16Array): void {
  if (logits.length > MAXIMUM_LABELS) throw new RuntimeError('RUNTIME_OPTION', `the softmax takes up to ${MAXIMUM_LABELS} labels, got ${logits.length}.`);
  let largest = -32_768;
  for (const logit of logits) if (logit > largest) largest = logit;
  let sum = 0;
  for (const logit of logits) sum += negativeExponential(largest - logit);
  const half = Math.floor(sum / 2);
  for (let label = 0; label < logits.length; label++) into[label] = Math.floor((negativeExponential(largest - logits[label]!) * SCORE_ONE + half) / sum);
}
