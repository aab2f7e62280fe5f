/** The executor of trainings: WebAssembly kernels on a few threads. The result does not depend on their number. */
import { availableParallelism } from 'node:os';
import { type Executor, wasmExecutor } from '@bitvox/quant-training';
import { spawnNodeWorker } from '@bitvox/quant-training/node';

/** More threads than this wait for each other more than they compute. */
const MOST_THREADS = 8;

/** An executor. @param threads default one per core, at most 8 */
export function trainingExecutor(threads: number = Math.min(MOST_THREADS, availableParallelism())): Executor {
  return wasmExecutor({ threads, spawn: spawnNodeWorker });
}
