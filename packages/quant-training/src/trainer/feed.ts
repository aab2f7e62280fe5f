/**
 * Filling the inputs of a step: clips, targets and random masks.
 * Invariant: a mask depends on the seed, its name and the number of the step only, so a resumed training draws the same ones.
 */
import { Random } from '@bitvox/ternary-prng';
import type { CompiledStep } from '../ir/types.ts';
import type { Mask } from '../network/leaves.ts';

/** Writes one-hot targets `[classes][clips]`. */
export function fillTargets(target: Float32Array, labels: Uint8Array | Int32Array): void {
  target.fill(0);
  labels.forEach((label, clip) => {
    target[label * labels.length + clip] = 1;
  });
}

/** Draws the masks of one step: 0 with probability `rate`, else `1 / (1 - rate)`. */
export function drawMasks(step: CompiledStep, masks: readonly Mask[], seed: number, stepNumber: number): void {
  for (const { name, rate } of masks) {
    const target = step.input(name);
    const random = new Random(seed, 'mask', name, stepNumber);
    const threshold = Math.round(rate * 2 ** 32);
    const kept = 1 / (1 - rate);
    for (let at = 0; at < target.length; at++) target[at] = random.at(at) < threshold ? 0 : kept;
  }
}

/** Copies clips `start` to `start + count` of `[channel][clips][frame]` to the front of `[channel][capacity][frame]`; clips beyond are zeroed. */
export function copyClips(target: Float32Array, capacity: number, source: Float32Array, clips: number, start: number, count: number, frames: number): void {
  const channels = source.length / (clips * frames);
  if (count < capacity) target.fill(0);
  for (let channel = 0; channel < channels; channel++) {
    const from = (channel * clips + start) * frames;
    target.set(source.subarray(from, from + count * frames), channel * capacity * frames);
  }
}
