import { describe, expect, it } from 'vitest';
import { spawnNodeWorker } from '../../node/index.ts';
import { adam } from '../../optimizers/index.ts';
import type { CompiledStep } from '../../ir/types.ts';
import type { Spawn } from '../pool/pool.ts';
import { share } from './schedule.ts';
import { fillLeaves } from './testing/agreement.ts';
import { quantizedNetwork, randomStep, wideNetwork } from './testing/networks.ts';
import { wasmExecutor } from './executor.ts';

async function trace(step: CompiledStep, steps: number): Promise<Float32Array[]> {
  const seen: Float32Array[] = [];
  for (let at = 1; at <= steps; at++) {
    await step.run({ learningRate: 0.01, step: at });
    seen.push(step.output('loss'), ...step.slots().map((slot) => step.read(slot)));
  }
  return seen;
}

describe('threads', () => {
  it.each([
    ['a wide network', wideNetwork(), 3],
    ['a small one', quantizedNetwork(adam()), 3],
    ['a random one', randomStep(11, 20), 1],
  ] as const)('give the same bits whatever their number: %s', async (_name, graph, steps) => {
    const traces: Float32Array[][] = [];
    for (const threads of [1, 2, 3]) {
      const step = await wasmExecutor({ threads, spawn: spawnNodeWorker, poison: true }).compile(graph);
      fillLeaves([step], graph, 5);
      traces.push(await trace(step, steps));
      step.dispose();
    }
    expect(traces[1]).toEqual(traces[0]);
    expect(traces[2]).toEqual(traces[0]);
  });

  it('cover a range once, cut at multiples of the step', () => {
    for (const [extent, step, threads] of [
      [98, 16, 3],
      [5, 16, 2],
      [1, 1, 4],
      [1000, 2, 7],
    ] as const) {
      const parts = Array.from({ length: threads }, (_, thread) => share({ extent, step }, thread, threads));
      expect(parts[0]![0]).toBe(0);
      expect(parts.at(-1)![1]).toBe(extent);
      parts.slice(1).forEach(([begin], at) => {
        expect(begin).toBe(parts[at]![1]);
        expect(begin === extent || begin % step === 0).toBe(true);
      });
    }
  });

  it('need a spawn function that works', async () => {
    expect(() => wasmExecutor({ threads: 2 })).toThrow(expect.objectContaining({ code: 'TRAIN_THREADS' }) as Error);
    expect(() => wasmExecutor({ threads: 0 })).toThrow(expect.objectContaining({ code: 'TRAIN_ATTRIBUTE' }) as Error);
    const broken: Spawn = () => ({ ready: Promise.reject(new Error('no workers here')), terminate: () => undefined });
    await expect(wasmExecutor({ threads: 2, spawn: broken }).compile(quantizedNetwork(adam()))).rejects.toMatchObject({ code: 'TRAIN_THREADS' });
  });
});
