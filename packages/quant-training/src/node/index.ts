/** What training needs of Node: workers as threads of a step. */
import { Worker } from 'node:worker_threads';
import type { Spawn } from '../exec/pool/pool.ts';
import { createThread } from '../exec/pool/thread.ts';

/**
 * Starts worker threads from source text. They do not keep the process alive.
 *
 * @example
 * const executor = wasmExecutor({ threads: 2, spawn: spawnNodeWorker });
 */
export const spawnNodeWorker: Spawn = (task) => {
  const source = `const { parentPort, workerData } = require('node:worker_threads');
    const thread = (${createThread.toString()})(workerData);
    parentPort.postMessage('ready');
    thread.serve();`;
  const worker = new Worker(source, { eval: true, workerData: task });
  worker.unref();
  const ready = new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve());
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the worker stopped with code ${code}`)));
  });
  return { ready, terminate: () => void worker.terminate() };
};
