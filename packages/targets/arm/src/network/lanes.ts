/**
 * Memory for tensors of which nothing outlives a frame: they share lanes, a lane to as many as are never alive at the same time.
 * Largest first, each into the first lane that is free from the step that writes it to the last one that reads it.
 */
import { alignedOf, outputsOf, type Program } from '@bitvox/runtime';

/** The steps between which the contents of a tensor matter; the input is written before the first, the output read behind the last. */
function lifetime({ steps, output }: Program, tensor: number): readonly [from: number, to: number] {
  const uses = steps.flatMap((step, index) => (step.input === tensor || alignedOf(step).includes(tensor) || outputsOf(step).includes(tensor) ? [index] : []));
  return [tensor === 0 ? -1 : uses[0]!, tensor === output ? steps.length : (uses.at(-1) ?? -1)];
}

/**
 * The lane of every tensor, `null` for those that live on.
 * @param bytes of one frame, by tensor
 * @param passes whether nothing of a tensor outlives a frame, by tensor
 */
export function assignLanes(program: Program, bytes: readonly number[], passes: readonly boolean[]): readonly (number | null)[] {
  const lanes: (readonly [number, number])[][] = [];
  const assigned: (number | null)[] = program.tensors.map(() => null);
  const order = program.tensors.flatMap((_, tensor) => (passes[tensor]! ? [tensor] : [])).toSorted((a, b) => bytes[b]! - bytes[a]! || a - b);
  for (const tensor of order) {
    const [from, to] = lifetime(program, tensor);
    const free = lanes.findIndex((lane) => lane.every(([start, end]) => end < from || to < start));
    const lane = free < 0 ? lanes.length : free;
    lanes[lane] = [...(lanes[lane] ?? []), [from, to]];
    assigned[tensor] = lane;
  }
  return assigned;
}
