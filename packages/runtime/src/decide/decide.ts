/**
 * Decisions: from a stream of scores to words with times. Scores are averaged over the last `smoothing` milliseconds; where the
 * average of a label reaches its threshold, the label with the highest average is reported, then nothing for `refractory` milliseconds.
 *
 * Integers only: window and pause are counted in score frames, averages are compared as `sum >= threshold * count` with
 * thresholds in the unit of scores. Equal sums go to the label that stands first.
 */
import type { DecisionSettings } from '@bitvox/graph';
import { RuntimeError } from '../errors.ts';
import { SCORE_ONE } from '../scores.ts';

/** A word that was heard. */
export interface Detection {
  readonly label: string;
  /** Index of the label. */
  readonly index: number;
  /** Time of the scores that decided, in milliseconds from the start. */
  readonly time: number;
  /** Average score, 0 to 32767. */
  readonly score: number;
}

const NEVER = -1;

/** Decides on one stream. */
export class Decider {
  readonly #labels: readonly string[];
  /** Score units by label, or `NEVER`. */
  readonly #thresholds: Int32Array;
  readonly #window: number;
  readonly #pause: number;
  /** The last scores, `[frame][label]`, oldest overwritten first. */
  readonly #history: Uint16Array;
  readonly #sums: Uint32Array;
  #next = 0;
  #count = 0;
  #silent = 0;

  /**
   * @param labels in the order of scores
   * @param step milliseconds between two score frames
   * @throws RuntimeError `RUNTIME_OPTION`
   */
  constructor(labels: readonly string[], settings: DecisionSettings, step: number) {
    const { smoothing, thresholds, refractory } = settings;
    if (!(step > 0 && smoothing >= 0 && refractory >= 0 && smoothing <= 60_000 && refractory <= 600_000)) {
      throw new RuntimeError(
        'RUNTIME_OPTION',
        `decisions need a step above 0, smoothing of 0 to 60000 ms and refractory time of 0 to 600000 ms, got ${step}, ${smoothing}, ${refractory}.`,
      );
    }
    for (const [label, threshold] of Object.entries(thresholds)) {
      if (!labels.includes(label)) throw new RuntimeError('RUNTIME_OPTION', `a threshold is set for "${label}", the labels are ${labels.join(', ')}.`);
      if (!(threshold >= 0 && threshold <= 1))
        throw new RuntimeError('RUNTIME_OPTION', `the threshold of "${label}" must lie between 0 and 1, got ${threshold}.`);
    }
    this.#labels = labels;
    this.#thresholds = Int32Array.from(labels, (label) => (Object.hasOwn(thresholds, label) ? Math.round(thresholds[label]! * SCORE_ONE) : NEVER));
    this.#window = Math.max(1, Math.round(smoothing / step));
    this.#pause = Math.round(refractory / step);
    this.#history = new Uint16Array(this.#window * labels.length);
    this.#sums = new Uint32Array(labels.length);
  }

  /**
   * Takes the scores of one frame.
   * @param scores 0 to 32767, by label @param time milliseconds
   * @returns what was heard, if anything
   */
  push(scores: Uint16Array, time: number): Detection | undefined {
    const width = this.#labels.length;
    const at = this.#next * width;
    for (let label = 0; label < width; label++) {
      // The slot holds 0 until the window has been filled once.
      this.#sums[label]! += scores[label]! - this.#history[at + label]!;
      this.#history[at + label] = scores[label]!;
    }
    this.#next = (this.#next + 1) % this.#window;
    this.#count = Math.min(this.#count + 1, this.#window);
    if (this.#silent > 0) {
      this.#silent--;
      return undefined;
    }
    return this.#best(time);
  }

  #best(time: number): Detection | undefined {
    let best = NEVER;
    for (let label = 0; label < this.#sums.length; label++) {
      const threshold = this.#thresholds[label]!;
      const reaches = threshold !== NEVER && this.#sums[label]! >= threshold * this.#count;
      if (reaches && (best === NEVER || this.#sums[label]! > this.#sums[best]!)) best = label;
    }
    if (best === NEVER) return undefined;
    this.#silent = this.#pause;
    return { label: this.#labels[best]!, index: best, time, score: Math.floor(this.#sums[best]! / this.#count) };
  }

  /** Forgets everything heard. */
  reset(): void {
    this.#history.fill(0);
    this.#sums.fill(0);
    this.#next = 0;
    this.#count = 0;
    this.#silent = 0;
  }
}

/**
 * Detections in a list of scores.
 * @param scores frames in order with their times
 */
export function decide(
  scores: Iterable<{ readonly values: Uint16Array; readonly time: number }>,
  labels: readonly string[],
  settings: DecisionSettings,
  step: number,
): Detection[] {
  const decider = new Decider(labels, settings, step);
  const detections: Detection[] = [];
  for (const { values, time } of scores) {
    const detection = decider.push(values, time);
    if (detection !== undefined) detections.push(detection);
  }
  return detections;
}
