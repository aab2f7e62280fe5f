/** The fake-quantised forward pass of training and the integers of deployment are the same network: the test that lives above both packages. */
import { checkModel, type Graph } from '@bitvox/graph';
import { dfsmn, separable } from '@bitvox/models';
import { adamw, type Batch, createPredictor, freeze, train, wasmExecutor } from '@bitvox/quant-training';
import { createSession } from '@bitvox/runtime';
import { Random } from '@bitvox/ternary-prng';
import { expect, test } from 'vitest';

const [BANDS, FRAMES, LABELS, BATCH] = [8, 41, 4, 16];
const small = { labels: LABELS, bands: BANDS, frames: FRAMES } as const;
const separableShape = {
  stem: { channels: 12, kernel: 5, stride: 2 },
  blocks: [{ channels: 12, kernel: 5, repeat: 2 }],
  tail: { channels: 16, kernel: 5, dilation: 2 },
};

/** Pictures with a label that can be learnt: a bright band, the label's own, in noise. `[clip][frame][band]`. */
function pictures(random: Random): { pixels: Uint8Array; labels: Uint8Array } {
  const labels = Uint8Array.from({ length: BATCH }, () => random.below(LABELS));
  const pixels = Uint8Array.from({ length: BATCH * FRAMES * BANDS }, (_, at) => {
    const own = at % BANDS === 2 * labels[Math.floor(at / (FRAMES * BANDS))]!;
    return random.below(120) + (own ? 100 : 0);
  });
  return { pixels, labels };
}

function batchOf({ pixels, labels }: ReturnType<typeof pictures>): Batch {
  const inputs = new Float32Array(BANDS * BATCH * FRAMES);
  for (let clip = 0; clip < BATCH; clip++)
    for (let frame = 0; frame < FRAMES; frame++)
      for (let band = 0; band < BANDS; band++) inputs[(band * BATCH + clip) * FRAMES + frame] = (pixels[(clip * FRAMES + frame) * BANDS + band]! - 128) / 64;
  return { inputs, labels };
}

async function trained(graph: Graph) {
  const batchesPerEpoch = 30;
  const recipe = { seed: 5, epochs: 2, batch: BATCH, optimizer: adamw(), schedule: { kind: 'constant', rate: 0.01 } } as const;
  const data = { batchesPerEpoch, epoch: (epoch: number) => Array.from({ length: batchesPerEpoch }, (_, at) => batchOf(pictures(new Random(5, epoch, at)))) };
  for await (const event of train({ graph, recipe, data, executor: wasmExecutor(), checkpointEvery: 0 })) if (event.type === 'done') return event.tensors;
  throw new Error('the training did not end');
}

// What 16 fractional bits less than a float can change: nothing but roundings in 8-bit networks; in 1-bit ones a value next to a threshold flips a bit.
test.each([
  ['float dfsmn', dfsmn({ ...small, channels: 16, hidden: 24, blocks: 2, bits: 32 }), 0.01],
  ['1-bit dfsmn', dfsmn({ ...small, channels: 16, hidden: 24, blocks: 2, bits: 1 }), 0.2],
  ['float separable', separable({ ...small, ...separableShape, bits: 32 }), 0.01],
  ['8-bit separable', separable({ ...small, ...separableShape, bits: 8 }), 0.2],
])('%s: integers give the logits of training', async (_, graph, tolerance) => {
  const tensors = await trained(graph);
  const labels = Array.from({ length: LABELS }, (_item, index) => `label-${index}`);
  const spec = { labels, features: {}, decision: { smoothing: 0, refractory: 0, thresholds: {} }, training: {} };
  const session = createSession(checkModel({ graph, tensors: freeze(graph, tensors), ...spec }));
  const predictor = await createPredictor(graph, tensors, { executor: wasmExecutor(), batch: BATCH });
  const [errors, agreements, spreads]: [number[], boolean[], number[]] = [[], [], []];
  for (let round = 0; round < 6; round++) {
    const set = pictures(new Random(9, round));
    const logits = await predictor.predict(batchOf(set).inputs, BATCH);
    for (let clip = 0; clip < BATCH; clip++) {
      const wanted = labels.map((_label, label) => logits[label * BATCH + clip]!);
      const got = [...session.run(set.pixels.subarray(clip * FRAMES * BANDS, (clip + 1) * FRAMES * BANDS)).logits].map((logit) => logit / 256);
      wanted.forEach((logit, label) => errors.push(Math.abs(logit - got[label]!)));
      spreads.push(Math.max(...wanted) - Math.min(...wanted));
      agreements.push(wanted.indexOf(Math.max(...wanted)) === got.indexOf(Math.max(...got)));
    }
  }
  predictor.dispose();
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  // The network has learnt something, or agreement would mean nothing.
  expect(mean(spreads)).toBeGreaterThan(1);
  expect(mean(errors)).toBeLessThan(tolerance);
  expect(agreements.filter(Boolean).length / agreements.length).toBeGreaterThanOrEqual(0.97);
});
