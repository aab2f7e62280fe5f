/**
 * What every thread of a step does: its share of each phase, then a barrier. The main thread is thread 0.
 *
 * `createThread` is sent to workers as source text, so it must stay closed: no imports but types, nothing from outside its own body.
 * Invariant: a barrier spins for at most about 20 microseconds and then sleeps, because on a machine with a busy core a spinning thread makes
 * the others slower; only a page's main thread, which may not sleep, goes on spinning.
 */

/** One call of an exported kernel with all its arguments. */
export interface ThreadCall {
  readonly kernel: string;
  readonly args: readonly number[];
}

/** What one thread does: sections, each a list of phases, each a list of calls. */
export type ThreadSchedule = readonly (readonly (readonly ThreadCall[])[])[];

/** Everything a thread is started with. Can be cloned into a worker. */
export interface ThreadTask {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly schedule: ThreadSchedule;
  readonly thread: number;
  readonly threads: number;
  /** Words shared by all threads: runs started, section to run (-1: stop), threads arrived, barriers passed, threads failed. */
  readonly control: Int32Array;
}

/** A thread that is ready. */
export interface Thread {
  /** Runs this thread's share of a section, in step with the other threads. */
  readonly run: (section: number) => void;
  /** Runs the sections that thread 0 starts, until it says stop. For workers; blocks. */
  readonly serve: () => void;
}

/** Number of control words. */
export const CONTROL_WORDS = 5;

/** Prepares a thread. */
export function createThread(task: ThreadTask): Thread {
  const [started, section, arrived, passed, failed] = [0, 1, 2, 3, 4];
  const { control, threads } = task;
  const exported = new WebAssembly.Instance(task.module, { env: { memory: task.memory } }).exports;
  const sections = task.schedule.map((phases) =>
    phases.map((calls) => calls.map(({ kernel, args }) => ({ kernel: exported[kernel] as (...values: readonly number[]) => void, args }))),
  );
  const waitWhile = (word: number, value: number): void => {
    const deadline = performance.now() + 0.02;
    let sleeps = true;
    while (Atomics.load(control, word) === value) {
      if (Atomics.load(control, failed) !== 0) throw new Error('a thread of the step has failed');
      if (!sleeps || performance.now() < deadline) continue;
      try {
        // Not for ever: a thread that fails wakes nobody.
        Atomics.wait(control, word, value, 100);
      } catch {
        sleeps = false;
      }
    }
  };
  const barrier = (): void => {
    const before = Atomics.load(control, passed);
    if (Atomics.add(control, arrived, 1) + 1 < threads) {
      waitWhile(passed, before);
      return;
    }
    Atomics.store(control, arrived, 0);
    Atomics.store(control, passed, (before + 1) | 0);
    Atomics.notify(control, passed);
  };
  const run = (index: number): void => {
    try {
      for (const calls of sections[index]!) {
        for (const { kernel, args } of calls) kernel(...args);
        if (threads > 1) barrier();
      }
    } catch (error) {
      if (threads > 1) Atomics.store(control, failed, 1);
      throw error;
    }
  };
  const serve = (): void => {
    let seen = 0;
    for (;;) {
      waitWhile(started, seen);
      seen = Atomics.load(control, started);
      const wanted = Atomics.load(control, section);
      if (wanted < 0) return;
      run(wanted);
    }
  };
  return { run, serve };
}
