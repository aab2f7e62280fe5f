import { checkModel } from '@bitvox/graph';
import { bifsmn, dfsmn, separable } from '@bitvox/models';
import { freeze, initialize } from '@bitvox/quant-training';
import { createSession, SCORE_ONE } from '@bitvox/runtime';
import { Random } from '@bitvox/ternary-prng';
import { expect, test } from 'vitest';
import { openPeer } from './inference.ts';

test.each([
  ['dfsmn', dfsmn({ labels: 12, bits: 32, channels: 16, hidden: 24, blocks: 2 })],
  ['bifsmn', bifsmn({ labels: 12, bits: 32, channels: 16, hidden: 24, blocks: 4 })],
  [
    'separable',
    separable({
      labels: 12,
      bits: 32,
      stem: { channels: 16, kernel: 5, stride: 2 },
      blocks: [{ channels: 16, kernel: 5, repeat: 2 }],
      tail: { channels: 16, kernel: 7, dilation: 2 },
    }),
  ],
])('%s gives the same scores in onnxruntime-web', async (_, graph) => {
  const tensors = freeze(graph, initialize(graph, 1));
  const labels = Array.from({ length: 12 }, (_item, index) => `label-${index}`);
  const model = checkModel({ graph, tensors, labels, features: {}, decision: { smoothing: 0, refractory: 0, thresholds: {} }, training: {} });
  const session = createSession(model);
  const peer = await openPeer(model);
  const random = new Random(3);
  for (let clip = 0; clip < 3; clip++) {
    const frames = Uint8Array.from({ length: 98 * 40 }, () => random.below(256));
    const scores = session.run(frames).values;
    (await peer(frames)).forEach((score, label) => expect(scores[label]! / SCORE_ONE).toBeCloseTo(score, 2));
  }
});
