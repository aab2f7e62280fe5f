/**
 * Workers of a page. The page has to be cross-origin isolated, and training itself should run inside a worker: a page's main thread may not
 * sleep, so it would spin while it waits for the others. The content security policy has to allow `worker-src blob:`.
 */
import type { Spawn } from './pool.ts';
import { createThread } from './thread.ts';

/** Starts web workers from source text, so that nothing has to be resolved or bundled. */
export const spawnWebWorker: Spawn = (task) => {
  const source = `onmessage = ({ data }) => { const thread = (${createThread.toString()})(data); postMessage('ready'); thread.serve(); };`;
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const worker = new Worker(url);
  const ready = new Promise<void>((resolve, reject) => {
    worker.addEventListener('message', () => resolve(), { once: true });
    worker.addEventListener('error', (event) => reject(new Error(event.message)), { once: true });
  });
  worker.postMessage(task, []);
  void ready.finally(() => URL.revokeObjectURL(url)).catch(() => undefined);
  return { ready, terminate: () => worker.terminate() };
};
