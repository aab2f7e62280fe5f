/**
 * The threads of one step. Thread 0 is the caller; the others are workers that an injected function starts, so this file runs in a page and in Node.
 * Invariant: `run` returns when every thread has passed the last barrier of the section.
 */
import { TrainingError } from '../../errors.ts';
import { CONTROL_WORDS, createThread, type Thread, type ThreadSchedule, type ThreadTask } from './thread.ts';

/** A started worker. */
export interface SpawnedThread {
  /** Resolves when the worker has instantiated its kernels, rejects when it cannot. */
  readonly ready: Promise<void>;
  terminate(): void;
}

/** Starts a worker that runs {@link createThread} on the task and serves. */
export type Spawn = (task: ThreadTask) => SpawnedThread;

/** What all threads of a pool share. */
export interface PoolOptions {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** One schedule for each thread. */
  readonly schedules: readonly ThreadSchedule[];
  readonly spawn: Spawn | null;
}

/** Runs sections of a schedule on all threads. */
export class ThreadPool {
  readonly #control: Int32Array;
  readonly #own: Thread;
  readonly #workers: readonly SpawnedThread[];

  private constructor(control: Int32Array, own: Thread, workers: readonly SpawnedThread[]) {
    this.#control = control;
    this.#own = own;
    this.#workers = workers;
  }

  /** Starts the workers and waits for them. @throws `TRAIN_THREADS` */
  static async create({ module, memory, schedules, spawn }: PoolOptions): Promise<ThreadPool> {
    const threads = schedules.length;
    const words = CONTROL_WORDS * 4;
    const control = new Int32Array(threads > 1 ? new SharedArrayBuffer(words) : new ArrayBuffer(words));
    const task = (thread: number): ThreadTask => ({ module, memory, schedule: schedules[thread]!, thread, threads, control });
    const workers: SpawnedThread[] = [];
    try {
      for (let thread = 1; thread < threads; thread++) workers.push(spawn!(task(thread)));
      await Promise.all(workers.map(({ ready }) => ready));
    } catch (error) {
      for (const worker of workers) worker.terminate();
      throw new TrainingError('TRAIN_THREADS', `${threads} threads were asked for, but: ${String(error)}`);
    }
    return new ThreadPool(control, createThread(task(0)), workers);
  }

  /** Runs a section on all threads. @throws `TRAIN_THREADS` if one of them fails; the pool is of no use then. */
  run(section: number): void {
    this.#start(section);
    if (this.#workers.length === 0) {
      this.#own.run(section);
      return;
    }
    try {
      this.#own.run(section);
    } catch (error) {
      throw new TrainingError('TRAIN_THREADS', `a step stopped in the middle: ${String(error)}`);
    }
  }

  /** Stops the workers. */
  stop(): void {
    this.#start(-1);
    for (const worker of this.#workers) worker.terminate();
  }

  #start(section: number): void {
    if (this.#workers.length === 0) return;
    Atomics.store(this.#control, 1, section);
    Atomics.add(this.#control, 0, 1);
    Atomics.notify(this.#control, 0);
  }
}
