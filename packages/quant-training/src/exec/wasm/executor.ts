/** The executor that runs generated WebAssembly kernels, on one thread or several, in a page or in Node, with the same bits everywhere. */
import { TrainingError } from '../../errors.ts';
import type { CompiledStep, Executor, StepGraph } from '../../ir/types.ts';
import { type Spawn, ThreadPool } from '../pool/pool.ts';
import { compileProgram, PAGE_BYTES } from './compile.ts';
import { WasmStep } from './step.ts';

/** Options of {@link wasmExecutor}. */
export interface WasmExecutorOptions {
  /** Threads of a step, the caller included; 1 unless told. More than one needs `spawn`. Results do not depend on it. */
  readonly threads?: number;
  /** Starts a worker: `spawnWebWorker` in a page, `spawnNodeWorker` of `@bitvox/quant-training/node` in Node. */
  readonly spawn?: Spawn;
  /** Most bytes that a step may take; 3 GiB unless told, at most 4 GiB. */
  readonly memoryLimit?: number;
  /** For tests: fill temporaries with NaN before every run. */
  readonly poison?: boolean;
}

const GIB = 2 ** 30;

/**
 * Makes an executor.
 *
 * @throws `TRAIN_ATTRIBUTE` for a thread count that is not a positive integer or a limit out of range, `TRAIN_THREADS` for several threads without
 * `spawn`. Compiling throws `TRAIN_MEMORY` when a step needs more than the limit, `TRAIN_THREADS` when a worker does not start.
 */
export function wasmExecutor({ threads = 1, spawn, memoryLimit = 3 * GIB, poison = false }: WasmExecutorOptions = {}): Executor {
  if (!Number.isInteger(threads) || threads < 1 || threads > 64)
    throw new TrainingError('TRAIN_ATTRIBUTE', `got ${threads} threads, wanted an integer from 1 to 64`);
  if (!(memoryLimit > 0 && memoryLimit <= 4 * GIB))
    throw new TrainingError('TRAIN_ATTRIBUTE', `got a memory limit of ${memoryLimit} bytes, wanted at most ${4 * GIB}`);
  if (threads > 1 && spawn === undefined) throw new TrainingError('TRAIN_THREADS', `got ${threads} threads and no spawn function`);
  return {
    name: 'wasm',
    compile: async (step: StepGraph): Promise<CompiledStep> => {
      const shared = threads > 1;
      if (shared && typeof SharedArrayBuffer === 'undefined')
        throw new TrainingError('TRAIN_THREADS', `got ${threads} threads, but there is no SharedArrayBuffer here`);
      const program = compileProgram(step, { threads, shared, memoryLimit });
      const memory = allocate(program.pages, shared);
      const module = await WebAssembly.compile(program.module);
      const pool = await ThreadPool.create({ module, memory, schedules: program.schedules, spawn: spawn ?? null });
      return new WasmStep({ step, program, memory, module, pool, poison });
    },
  };
}

function allocate(pages: number, shared: boolean): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
  } catch (error) {
    throw new TrainingError('TRAIN_MEMORY', `the step needs ${pages * PAGE_BYTES} bytes, which the machine does not give (${String(error)})`);
  }
}
