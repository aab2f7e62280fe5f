/** A program with memory, an executor and a scheduler: takes any number of frames, cuts them into blocks, hands out logits. */
import { RuntimeError } from '../errors.ts';
import type { Program } from '../program.ts';
import type { Backend, Executor } from '../schedule/executor.ts';
import { type PlanOptions, planMemory } from '../schedule/memory-plan.ts';
import { Scheduler } from '../schedule/scheduler.ts';
import { logitsFromReal } from '../scores.ts';
import { createExecutor } from './backend.ts';

/** Receives the logits (Q8.8, reused) of one output frame. */
export type TakeLogits = (logits: Int16Array, frame: number) => void;

/** Runs a program over frames. */
export class Runner {
  readonly #program: Program;
  readonly #block: number;
  readonly #executor: Executor;
  readonly #scheduler: Scheduler;
  readonly #raw: Float64Array;
  readonly #logits: Int16Array;
  readonly #scale: number;

  constructor(program: Program, backend: Backend, { block, whole = false }: PlanOptions, poison: number) {
    const plan = planMemory(program, { block, whole });
    this.#program = program;
    this.#block = block;
    this.#executor = createExecutor(backend, program, plan, poison);
    this.#scheduler = new Scheduler(program, plan, this.#executor);
    this.#raw = new Float64Array(program.labels.length);
    this.#logits = new Int16Array(program.labels.length);
    this.#scale = program.tensors[program.output]!.scale;
  }

  /** Bytes of memory that the executor reserved. */
  get memoryBytes(): number {
    return this.#executor.memoryBytes;
  }

  /** Whether the last frame has been taken. */
  get ended(): boolean {
    return this.#scheduler.ended;
  }

  /** Forgets everything. */
  reset(): void {
    this.#scheduler.reset();
  }

  /** Frames in an array of bytes. Throws `RUNTIME_INPUT`. */
  frameCount(frames: Uint8Array): number {
    const { channels } = this.#program.input;
    if (!(frames instanceof Uint8Array) || frames.length % channels !== 0) {
      const got = frames instanceof Uint8Array ? `${frames.length} bytes` : Object.prototype.toString.call(frames);
      throw new RuntimeError('RUNTIME_INPUT', `wanted a Uint8Array of whole frames of ${channels} bytes, got ${got}.`);
    }
    return frames.length / channels;
  }

  /** Takes frames; with `last`, ends the stream behind them. Calls `take` for every output frame that they complete. */
  run(frames: Uint8Array, last: boolean, take: TakeLogits): void {
    const count = this.frameCount(frames);
    const scheduler = this.#scheduler;
    if (scheduler.ended) throw new RuntimeError('RUNTIME_ENDED', 'frames came after the end of the stream.');
    const each = this.#handing(take);
    let at = 0;
    for (; count - at > this.#block; at += this.#block) {
      scheduler.push(frames, at, this.#block);
      scheduler.take(each, this.#raw);
    }
    if (last) scheduler.flush(frames, at, count - at);
    else if (count > at) scheduler.push(frames, at, count - at);
    scheduler.take(each, this.#raw);
  }

  /** Takes all frames of a clip, as after a reset, and calls `take` for every output frame. */
  clip(frames: Uint8Array, take: TakeLogits): void {
    const count = this.frameCount(frames);
    if (count > this.#block) {
      this.reset();
      this.run(frames, true, take);
      return;
    }
    this.#scheduler.clip(frames, count);
    this.#scheduler.take(this.#handing(take), this.#raw);
  }

  #handing(take: TakeLogits): (frame: number) => void {
    return (frame) => {
      logitsFromReal(this.#raw, this.#scale, this.#logits);
      take(this.#logits, frame);
    };
  }
}
