import { type Graph, GraphBuilder } from '@bitvox/graph';
import { Random } from '@bitvox/ternary-prng';
import { describe, expect, test } from 'vitest';
import { referenceExecutor } from '../exec/reference.ts';
import { wasmExecutor } from '../exec/wasm/executor.ts';
import type { CompiledStep, Executor } from '../ir/types.ts';
import { initialize } from '../network/initialize.ts';
import { parameterGroups } from '../network/parameter-groups.ts';
import { slotData, writeSlots } from '../network/slots.ts';
import { trainingStep } from '../network/steps.ts';
import { adam, optimizer, sgd } from '../optimizers/index.ts';
import type { Batch } from './data.ts';
import { drawMasks, fillTargets } from './feed.ts';
import type { Recipe } from './recipe.ts';
import { train } from './train.ts';

const BATCH = 6;
const FRAMES = 20;
const CHANNELS = 10;

/** A small DFSMN: strided front, memory with padding, pointwise layers, skips, sliding and global means. */
function network(bits: 1 | 32): Graph {
  const eight = bits === 1 ? ({ weights: { name: 'int8-weights', bits: 8 }, activations: { name: 'int8', bits: 8, range: 2 } } as const) : {};
  const inner = bits === 1 ? ({ weights: { name: 'xnor', bits: 1 }, activations: { name: 'sign', bits: 1 } } as const) : {};
  const builder = new GraphBuilder('small-dfsmn');
  let x = builder.input({ channels: CHANNELS, frames: FRAMES, scale: 2 ** -6 });
  x = builder.prelu(builder.batchNorm(builder.conv1d(x, { channels: 12, kernel: 5, stride: 3, ...eight })));
  for (let block = 0; block < 2; block++) {
    const memory = builder.depthwiseConv1d(x, { kernel: 3, padding: [1, 1], ...inner });
    const m = builder.add(builder.prelu(builder.batchNorm(memory)), x);
    const expanded = builder.prelu(builder.batchNorm(builder.conv1d(m, { channels: 20, ...inner })));
    x = builder.add(builder.prelu(builder.batchNorm(builder.conv1d(expanded, { channels: 12, ...inner }))), m);
  }
  const pooled = builder.batchNorm(builder.meanPool(builder.meanPool(x, 2), 5));
  builder.softmax(builder.linear(builder.dropout(pooled, 0.1), { channels: 5, ...eight }));
  return builder.build();
}

const random = new Random(1);
const batches: Batch[] = Array.from({ length: 6 }, () => ({
  inputs: Float32Array.from({ length: CHANNELS * BATCH * FRAMES }, () => Math.round(64 * random.normal()) / 64),
  labels: Uint8Array.from({ length: BATCH }, () => random.below(5)),
}));

async function losses(executor: Executor, graph: Graph): Promise<number[]> {
  const recipe: Recipe = { seed: 3, epochs: 1, batch: BATCH, optimizer: adam(), schedule: { kind: 'constant', rate: 0.002 }, labelSmoothing: 0.05 };
  const seen: number[] = [];
  const data = { batchesPerEpoch: batches.length, epoch: () => batches };
  for await (const event of train({ graph, data, recipe, executor, validation: { batches: () => batches.slice(0, 2) } })) {
    if (event.type === 'step' || event.type === 'validation') seen.push(event.loss);
  }
  return seen;
}

describe('wasm and reference', () => {
  test('give the same losses of a float network, step by step', async () => {
    const [reference, wasm] = [await losses(referenceExecutor, network(32)), await losses(wasmExecutor({ poison: true }), network(32))];
    expect(wasm.length).toBe(batches.length + 1);
    wasm.forEach((loss, at) => expect(Math.abs(loss - reference[at]!)).toBeLessThan(1e-4));
  });

  test('give the same gradients of a binary network', async () => {
    const graph = network(1);
    const description = trainingStep(graph, { batch: BATCH, optimizer: optimizer(sgd(), parameterGroups(graph, 0)), labelSmoothing: 0.05 });
    const steps = await Promise.all([referenceExecutor, wasmExecutor({ poison: true })].map((executor) => executor.compile(description)));
    const slots = slotData(graph, initialize(graph, 3));
    // Sums of a few signs can equal their own mean: an offset keeps such values away from 0, where the gradient of the next layer jumps.
    for (const [slot, data] of slots) if (slot.endsWith('/beta')) data.forEach((_, channel) => (data[channel] = 0.3 * Math.sin(channel + 1)));
    for (const step of steps) {
      writeSlots(step, slots);
      step.input('inputs').set(batches[0]!.inputs);
      fillTargets(step.input('targets'), batches[0]!.labels);
      drawMasks(step, description.masks, 3, 1);
      await step.run({ learningRate: 1, step: 1 });
    }
    const [reference, wasm] = steps as [CompiledStep, CompiledStep];
    const differences = reference.slots().map((slot) => {
      const theirs = wasm.read(slot);
      return [slot, Math.max(...reference.read(slot).map((value, at) => Math.abs(value - theirs[at]!) / (1 + Math.abs(value))))] as const;
    });
    expect(differences.filter(([, difference]) => !(difference < 1e-5))).toEqual([]);
    expect(Math.abs(reference.output('loss')[0]! - wasm.output('loss')[0]!)).toBeLessThan(1e-6);
  });
});
