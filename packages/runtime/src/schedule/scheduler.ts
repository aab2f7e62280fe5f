/**
 * One scheduling mechanism for clips and streams. Every tensor is a sequence of frames with absolute indices; `push` computes every
 * step as far as its inputs reach, `flush` adds the right padding and computes the rest. A clip is a push and a flush after a reset.
 *
 * Output frame `t` of a step reads input frames `t * stride - left` to that plus `(kernel - 1) * dilation`.
 * Invariant: which frames exist does not depend on how the input was cut into blocks.
 */
import { alignedOf, outputsOf, type Program, type Step } from '../program.ts';
import type { Executor } from './executor.ts';
import type { MemoryPlan } from './memory-plan.ts';
import { Tape } from './tape.ts';

/** Where a step reads and writes; taken out of the program once, because it is asked for in every block. */
interface Route {
  readonly input: number;
  /** Tensors that are read frame by frame. */
  readonly aligned: readonly number[];
  readonly outputs: readonly number[];
  readonly left: number;
  readonly right: number;
  readonly stride: number;
  readonly span: number;
}

function routeOf(step: Step): Route {
  const { kernel, stride, dilation, padding } = step.window;
  return {
    input: step.input,
    aligned: alignedOf(step),
    outputs: outputsOf(step),
    left: padding[0],
    right: padding[1],
    stride,
    span: (kernel - 1) * dilation + 1,
  };
}

/** Runs a program block by block on an executor. */
export class Scheduler {
  #executor: Executor;
  readonly #plan: MemoryPlan;
  readonly #routes: readonly Route[];
  readonly #left: Int32Array;
  readonly #right: Int32Array;
  readonly #readers: readonly (readonly number[])[];
  readonly #output: number;
  /** Frames of each tensor that exist. */
  readonly #available: Int32Array;
  /** Absolute index of the frame in column 0; negative over left padding. */
  readonly #origin: Int32Array;
  /** Where the next frame goes. */
  readonly #columns: Int32Array;
  #ended = false;
  #taken = 0;
  /** The last thing that was computed, if it was a whole clip. */
  #clip: { readonly count: number; readonly tape: Tape } | null = null;

  constructor(program: Program, plan: MemoryPlan, executor: Executor) {
    this.#executor = executor;
    this.#plan = plan;
    this.#routes = program.steps.map(routeOf);
    this.#left = Int32Array.from(program.tensors, (tensor) => tensor.padding[0]);
    this.#right = Int32Array.from(program.tensors, (tensor) => tensor.padding[1]);
    this.#readers = program.tensors.map((_, tensor) =>
      this.#routes.flatMap((route, step) => (route.input === tensor || route.aligned.includes(tensor) ? [step] : [])),
    );
    this.#output = program.output;
    this.#available = new Int32Array(program.tensors.length);
    this.#origin = new Int32Array(program.tensors.length);
    this.#columns = new Int32Array(program.tensors.length);
    this.reset();
  }

  /** Whether the stream has been flushed. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Output frames that exist. */
  get available(): number {
    return this.#available[this.#output]!;
  }

  /** Forgets everything; the next frame is the first. */
  reset(): void {
    this.#clip = null;
    this.#ended = false;
    this.#taken = 0;
    for (let tensor = 0; tensor < this.#left.length; tensor++) {
      this.#available[tensor] = 0;
      this.#origin[tensor] = -this.#left[tensor]!;
    }
  }

  /** Takes `count` input frames, at most a block, and computes what they allow. */
  push(frames: Uint8Array, from: number, count: number): void {
    this.#reserve(0, count);
    this.#executor.write(this.#available[0]! - this.#origin[0]!, frames, from, count);
    this.#available[0]! += count;
    this.#advance();
  }

  /** Takes the last `count` input frames, then ends the stream: right padding exists from now on. */
  flush(frames?: Uint8Array, from = 0, count = 0): void {
    this.#reserve(0, count);
    if (frames !== undefined && count > 0) this.#executor.write(this.#available[0]! - this.#origin[0]!, frames, from, count);
    this.#available[0]! += count;
    this.#ended = true;
    this.#pad(0);
    this.#advance();
  }

  /** A whole clip of `count` frames, at most a block: a reset and a flush, or the same calls as the last time where the length is the same. */
  clip(frames: Uint8Array, count: number): void {
    if (this.#clip?.count === count) {
      this.#taken = 0;
      this.#clip.tape.replay(frames);
      return;
    }
    this.reset();
    const executor = this.#executor;
    const tape = new Tape(executor);
    this.#executor = tape;
    try {
      this.flush(frames, 0, count);
      this.#clip = { count, tape };
    } finally {
      this.#executor = executor;
    }
  }

  /** Hands over output frames that were not taken yet; the caller reads each before the next block. */
  take(each: (frame: number) => void, into: Float64Array): void {
    for (; this.#taken < this.available; this.#taken++) {
      this.#executor.read(this.#taken - this.#origin[this.#output]!, into);
      each(this.#taken);
    }
  }

  #advance(): void {
    for (let step = 0; step < this.#routes.length; step++) {
      const { input, aligned, outputs, left, right, stride, span } = this.#routes[step]!;
      const first = outputs[0]!;
      const done = this.#available[first]!;
      let total = this.#available[input]! + left + (this.#ended ? right : 0) - span;
      total = total < 0 ? 0 : Math.floor(total / stride) + 1;
      for (const tensor of aligned) total = Math.min(total, this.#available[tensor]!);
      const count = total - done;
      if (count > 0) {
        for (const output of outputs) {
          this.#reserve(output, count);
          this.#columns[output] = done - this.#origin[output]!;
        }
        for (const tensor of aligned) this.#columns[tensor] = done - this.#origin[tensor]!;
        this.#executor.compute(step, done * stride - left - this.#origin[input]!, this.#columns, count);
        for (const output of outputs) this.#available[output] = total;
      }
      if (this.#ended) for (const output of outputs) this.#pad(output);
    }
  }

  /** Frames of padding behind the last frame. */
  #pad(tensor: number): void {
    const right = this.#right[tensor]!;
    if (right > 0) this.#executor.clear(tensor, this.#available[tensor]! - this.#origin[tensor]!, right);
  }

  /** Makes room for `count` more frames and the right padding by moving what is still needed to the front; the first time, makes the left padding. */
  #reserve(tensor: number, count: number): void {
    // Not in `reset`: until a tensor is written, its memory may belong to another one.
    if (this.#available[tensor] === 0 && this.#left[tensor]! > 0) this.#executor.clear(tensor, 0, this.#left[tensor]!);
    const end = this.#available[tensor]! - this.#origin[tensor]! + count + this.#right[tensor]!;
    if (end <= this.#plan.tensors[tensor]!.capacity) return;
    const needed = this.#needed(tensor);
    const from = needed - this.#origin[tensor]!;
    const kept = this.#available[tensor]! - needed;
    // A plan that is too small would let kernels write over other tensors.
    if (kept + count + this.#right[tensor]! > this.#plan.tensors[tensor]!.capacity)
      throw new RangeError(`tensor ${tensor} has no room for ${kept} + ${count} frames`);
    if (kept > 0) this.#executor.move(tensor, from, kept);
    this.#origin[tensor] = needed;
  }

  /** The oldest frame that some reader still needs. */
  #needed(tensor: number): number {
    let needed = tensor === this.#output ? this.#taken : this.#available[tensor]!;
    for (const step of this.#readers[tensor]!) {
      const { input, aligned, outputs, left, stride } = this.#routes[step]!;
      const next = this.#available[outputs[0]!]!;
      if (input === tensor) needed = Math.min(needed, next * stride - left);
      if (aligned.includes(tensor)) needed = Math.min(needed, next);
    }
    return needed;
  }
}
