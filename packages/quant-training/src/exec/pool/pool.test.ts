import { i32, ModuleBuilder } from '@bitvox/wasm';
import { describe, expect, it } from 'vitest';
import { spawnNodeWorker } from '../../node/index.ts';
import { ThreadPool } from './pool.ts';
import type { ThreadCall, ThreadSchedule } from './thread.ts';

const PAGES = 1;

/** `add(address)` adds 1 to the word at an address; far away, it traps. */
async function adder(): Promise<{ module: WebAssembly.Module; memory: WebAssembly.Memory }> {
  const builder = new ModuleBuilder({ from: 'import', minimum: PAGES, maximum: PAGES, shared: true });
  const f = builder.function('add', { address: 'i32' });
  f.do(i32.store(f.params.address, i32.add(i32.load(f.params.address), 1)));
  return { module: await WebAssembly.compile(builder.build()), memory: new WebAssembly.Memory({ initial: PAGES, maximum: PAGES, shared: true }) };
}

const add = (address: number): ThreadCall => ({ kernel: 'add', args: [address] });

describe('thread pool', () => {
  it('runs phases in step, whatever the number of threads and runs', async () => {
    const { module, memory } = await adder();
    // Every thread adds to the same word, each in a phase of its own: only barriers keep the count right.
    const schedules: ThreadSchedule[] = [0, 1, 2].map((thread) => [
      Array.from({ length: 30 }, (_, phase) => (phase % 3 === thread ? [add(8), add(12 + 4 * thread)] : [])),
    ]);
    const pool = await ThreadPool.create({ module, memory, schedules, spawn: spawnNodeWorker });
    for (let run = 0; run < 20; run++) pool.run(0);
    pool.stop();
    expect([...new Int32Array(memory.buffer, 8, 4)]).toEqual([600, 200, 200, 200]);
  });

  it('stops with a coded error when a thread fails', async () => {
    const { module, memory } = await adder();
    const schedules: ThreadSchedule[] = [[[[add(8)], []]], [[[], [add(PAGES * 65_536)]]]];
    const pool = await ThreadPool.create({ module, memory, schedules, spawn: spawnNodeWorker });
    expect(() => pool.run(0)).toThrow(expect.objectContaining({ code: 'TRAIN_THREADS' }) as Error);
    pool.stop();
  });
});
