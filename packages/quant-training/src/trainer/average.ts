/**
 * Exponential moving average of weights: `average <- d average + (1 - d) weights` after every step, with `d` rising to `decay` as
 * `(1 + step) / (10 + step)`, so that the beginning is forgotten. Steadies networks whose bits flip from step to step.
 */

/** Averages of slots. */
export class MovingAverage {
  readonly #decay: number;
  readonly #slots: ReadonlyMap<string, Float32Array>;

  /** @param slots starting values; copied */
  constructor(decay: number, slots: ReadonlyMap<string, Float32Array>) {
    this.#decay = decay;
    this.#slots = new Map([...slots].map(([slot, data]) => [slot, data.slice()]));
  }

  /** The averages; views that the next update changes. */
  get slots(): ReadonlyMap<string, Float32Array> {
    return this.#slots;
  }

  /** Takes in the weights after step `step`, counted from 1. */
  update(step: number, read: (slot: string) => Float32Array): void {
    const decay = Math.min(this.#decay, (1 + step) / (10 + step));
    for (const [slot, average] of this.#slots) {
      const newest = read(slot);
      for (let at = 0; at < average.length; at++) average[at]! += (1 - decay) * (newest[at]! - average[at]!);
    }
  }
}
