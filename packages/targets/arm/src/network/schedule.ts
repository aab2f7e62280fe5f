/**
 * How many frames of each tensor a device keeps, and whether it keeps any from frame to frame. The schedule of the exported code is played through with numbers only: a frame comes in,
 * every step computes at most one frame; at the end of the signal the same, until nothing is left.
 *
 * Invariant: a frame is overwritten only when no step will read it, wherever the signal ends.
 */
import { alignedOf, outputsOf, type Program, type Step } from '@bitvox/runtime';

const MAXIMUM_HOP = 4096;
const MAXIMUM_REACH = 2 ** 16;

/** Input frames until every ring has been filled. */
function reachOf({ steps, tensors }: Program): number {
  const reach = steps.reduce((sum, { window, input }) => sum + (window.kernel - 1) * window.dilation * tensors[input]!.hop, 0);
  return reach + Math.max(...tensors.map(({ delay }) => delay));
}

/** Whether a network is quick enough for its schedule to be played through. */
export function isPlayable(program: Program): boolean {
  return program.tensors.every(({ hop }) => hop <= MAXIMUM_HOP) && reachOf(program) <= MAXIMUM_REACH;
}

/** Number of the last input frame of an output frame. */
export function lastTap({ window }: Step): number {
  return (window.kernel - 1) * window.dilation - window.padding[0];
}

class Play {
  readonly #program: Program;
  readonly #looksBack: readonly number[];
  readonly #count: Int32Array;
  readonly #ended: Uint8Array;
  readonly depths: Int32Array;
  /** 1 where a frame was still needed when its pass was over. */
  readonly survives: Uint8Array;

  constructor(program: Program, looksBack: readonly number[], from?: Play) {
    this.#program = program;
    this.#looksBack = looksBack;
    this.#count = from === undefined ? new Int32Array(program.tensors.length) : from.#count.slice();
    this.#ended = new Uint8Array(program.tensors.length);
    this.depths = from === undefined ? new Int32Array(program.tensors.length).fill(1) : from.depths;
    this.survives = from === undefined ? new Uint8Array(program.tensors.length) : from.survives;
  }

  push(): void {
    this.#write(0);
    this.#pass();
  }

  flush(): void {
    this.#ended[0] = 1;
    while (this.#ended[this.#program.output] === 0) this.#pass();
  }

  #pass(): void {
    for (const step of this.#program.steps) {
      const [first] = outputsOf(step) as readonly [number];
      const aligned = alignedOf(step);
      const done = this.#count[first]!;
      const right = this.#ended[step.input] === 1 ? step.window.padding[1] : 0;
      const reaches = done * step.window.stride + lastTap(step) < this.#count[step.input]! + right;
      if (reaches && aligned.every((tensor) => this.#count[tensor]! > done)) for (const output of outputsOf(step)) this.#write(output);
      else if ([step.input, ...aligned].every((tensor) => this.#ended[tensor] === 1)) for (const output of outputsOf(step)) this.#ended[output] = 1;
    }
    this.#count.forEach((count, tensor) => {
      if (this.depths[tensor] === 1 && this.#needed(tensor, count) < count) this.survives[tensor] = 1;
    });
  }

  #write(tensor: number): void {
    const count = ++this.#count[tensor]!;
    this.depths[tensor] = Math.max(this.depths[tensor]!, count - Math.max(0, this.#needed(tensor, count - 1)));
  }

  /** The oldest frame that some step still reads, at most `newest`. */
  #needed(tensor: number, newest: number): number {
    let needed = newest;
    this.#program.steps.forEach((step, index) => {
      const done = this.#count[outputsOf(step)[0]!]!;
      if (step.input === tensor) needed = Math.min(needed, done * step.window.stride - step.window.padding[0] - this.#looksBack[index]!);
      if (alignedOf(step).includes(tensor)) needed = Math.min(needed, done);
    });
    return needed;
  }
}

/** What a device keeps of every tensor. */
export interface RingPlan {
  /** Frames. */
  readonly depths: Int32Array;
  /** Whether nothing of it is needed when the next frame comes. */
  readonly passes: readonly boolean[];
}

/**
 * Plays the schedule through.
 * @param looksBack frames before its window that the kernel of each step reads
 */
export function planRings(program: Program, looksBack: readonly number[]): RingPlan {
  const play = new Play(program, looksBack);
  const round = Math.max(...program.tensors.map(({ hop }) => hop));
  // Two rounds more, so that every step has met every other; then every place in a round at which the signal can end.
  const warm = reachOf(program) + 2 * round;
  for (let frame = 0; frame < warm; frame++) play.push();
  for (let phase = 0; phase < round; phase++) {
    play.push();
    new Play(program, looksBack, play).flush();
  }
  return { depths: play.depths, passes: Array.from(play.depths, (depth, tensor) => depth === 1 && play.survives[tensor] === 0) };
}
