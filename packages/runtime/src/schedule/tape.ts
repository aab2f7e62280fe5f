/**
 * What an executor was asked to do for a whole clip. Clips of one length ask for the same, wherever their frames come from, so that the next one
 * needs no scheduling.
 */
import type { Executor } from './executor.ts';

const NO_FRAMES = new Uint8Array(0);

/** An executor that notes what it does on behalf of another. */
export class Tape implements Executor {
  readonly #executor: Executor;
  readonly #calls: ((frames: Uint8Array) => void)[] = [];

  constructor(executor: Executor) {
    this.#executor = executor;
  }

  get memoryBytes(): number {
    return this.#executor.memoryBytes;
  }

  write(column: number, frames: Uint8Array, from: number, count: number): void {
    this.#perform((each) => this.#executor.write(column, each, from, count), frames);
  }

  compute(step: number, inputColumn: number, columns: Int32Array, count: number): void {
    const kept = columns.slice();
    this.#perform(() => this.#executor.compute(step, inputColumn, kept, count));
  }

  clear(tensor: number, column: number, count: number): void {
    this.#perform(() => this.#executor.clear(tensor, column, count));
  }

  move(tensor: number, from: number, count: number): void {
    this.#perform(() => this.#executor.move(tensor, from, count));
  }

  read(column: number, into: Float64Array): void {
    this.#executor.read(column, into);
  }

  /** Does everything again with other frames. */
  replay(frames: Uint8Array): void {
    for (const call of this.#calls) call(frames);
  }

  #perform(call: (frames: Uint8Array) => void, frames: Uint8Array = NO_FRAMES): void {
    this.#calls.push(call);
    call(frames);
  }
}
