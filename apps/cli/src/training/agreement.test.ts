/** The fake-quantised forward pass of training and the integers of deployment are the same network: the test that lives above both packages. */
import { checkModel, type Graph, inputOf, type Level, modelAtLevel } from '@bitvox/graph';
import { bifsmnLevels, dfsmn, separable } from '@bitvox/models';
import { adamw, type Batch, createPredictor, freeze, train, wasmExecutor } from '@bitvox/quant-training';
import { createSession } from '@bitvox/runtime';
import { Random } from '@bitvox/ternary-prng';
import { expect, test } from 'vitest';

const [LABELS, BATCH] = [4, 16];
const small = { labels: LABELS, bands: 8, frames: 41 } as const;
const bifsmnShape = { labels: LABELS, blocks: 4, channels: 16, hidden: 32 } as const;
const separableShape = {
  stem: { channels: 12, kernel: 5, stride: 2 },
  blocks: [{ channels: 12, kernel: 5, repeat: 2 }],
  tail: { channels: 16, kernel: 5, dilation: 2 },
};

/** Pictures of the size that a graph reads, with a label that can be learnt: a bright eighth of the bands, the label's own, in noise. */
class Pictures {
  readonly #bands: number;
  readonly #frames: number;

  constructor(graph: Graph) {
    const { channels, frames } = inputOf(graph).shape;
    this.#bands = channels;
    this.#frames = frames;
  }

  /** `[clip][frame][band]`. */
  draw(random: Random): { pixels: Uint8Array; labels: Uint8Array } {
    const labels = Uint8Array.from({ length: BATCH }, () => random.below(LABELS));
    const pixels = Uint8Array.from({ length: BATCH * this.#frames * this.#bands }, (_, at) => {
      const own = Math.floor((8 * (at % this.#bands)) / this.#bands) === 2 * labels[Math.floor(at / (this.#frames * this.#bands))]!;
      return random.below(120) + (own ? 100 : 0);
    });
    return { pixels, labels };
  }

  clip(pixels: Uint8Array, clip: number): Uint8Array {
    const size = this.#frames * this.#bands;
    return pixels.subarray(clip * size, (clip + 1) * size);
  }

  batch({ pixels, labels }: ReturnType<Pictures['draw']>): Batch {
    const inputs = new Float32Array(pixels.length);
    pixels.forEach((pixel, at) => {
      const [clip, frame, band] = [Math.floor(at / (this.#frames * this.#bands)), Math.floor(at / this.#bands) % this.#frames, at % this.#bands];
      inputs[(band * BATCH + clip) * this.#frames + frame] = (pixel - 128) / 64;
    });
    return { inputs, labels };
  }
}

async function trained(levels: readonly Level[], pictures: Pictures) {
  const batchesPerEpoch = 30;
  const recipe = { seed: 5, epochs: 2, batch: BATCH, optimizer: adamw(), schedule: { kind: 'constant', rate: 0.01 } } as const;
  const drawn = (epoch: number): Batch[] => Array.from({ length: batchesPerEpoch }, (_, at) => pictures.batch(pictures.draw(new Random(5, epoch, at))));
  const options = { graph: levels[0]!.graph, levels, recipe, data: { batchesPerEpoch, epoch: drawn }, executor: wasmExecutor(), checkpointEvery: 0 };
  for await (const event of train(options)) if (event.type === 'done') return event.tensors;
  throw new Error('the training did not end');
}

const alone = (graph: Graph): readonly Level[] => [{ name: '1x', graph }];
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

// What 16 fractional bits less than a float can change: nothing but roundings in 8-bit networks; in 1-bit ones a value next to a threshold flips a bit.
test.each([
  ['float dfsmn', alone(dfsmn({ ...small, channels: 16, hidden: 24, blocks: 2, bits: 32 })), 0.01],
  ['1-bit dfsmn', alone(dfsmn({ ...small, channels: 16, hidden: 24, blocks: 2, bits: 1 })), 0.2],
  ['float separable', alone(separable({ ...small, ...separableShape, bits: 32 })), 0.01],
  ['8-bit separable', alone(separable({ ...small, ...separableShape, bits: 8 })), 0.2],
  ['float bifsmn', bifsmnLevels({ ...bifsmnShape, bits: 32 }), 0.01],
  ['bifsmn', bifsmnLevels(bifsmnShape), 0.3],
  ['bifsmn-v2', bifsmnLevels({ ...bifsmnShape, binarizer: 'bifsmn-v2' }), 1.5],
])('%s: integers give the logits of training, at every level', async (_, levels, tolerance) => {
  const [{ graph: full }] = levels as readonly [Level];
  const pictures = new Pictures(full);
  const tensors = await trained(levels, pictures);
  const labels = Array.from({ length: LABELS }, (_item, index) => `label-${index}`);
  const spec = { labels, features: {}, decision: { smoothing: 0, refractory: 0, thresholds: {} }, training: {} };
  const model = checkModel({ graph: full, levels, tensors: freeze(levels, tensors), ...spec });
  for (const { name, graph } of levels) {
    const session = createSession(modelAtLevel(model, name));
    const predictor = await createPredictor(graph, tensors, { executor: wasmExecutor(), batch: BATCH });
    const [errors, agreements, spreads]: [number[], boolean[], number[]] = [[], [], []];
    for (let round = 0; round < 6; round++) {
      const set = pictures.draw(new Random(9, round));
      const logits = await predictor.predict(pictures.batch(set).inputs, BATCH);
      for (let clip = 0; clip < BATCH; clip++) {
        const wanted = labels.map((_label, label) => logits[label * BATCH + clip]!);
        const got = [...session.run(pictures.clip(set.pixels, clip)).logits].map((logit) => logit / 256);
        wanted.forEach((logit, label) => errors.push(Math.abs(logit - got[label]!)));
        spreads.push(Math.max(...wanted) - Math.min(...wanted));
        agreements.push(wanted.indexOf(Math.max(...wanted)) === got.indexOf(Math.max(...got)));
      }
    }
    predictor.dispose();
    // The network has learnt something, or agreement would mean nothing.
    expect(mean(spreads)).toBeGreaterThan(1);
    expect(mean(errors)).toBeLessThan(tolerance);
    expect(agreements.filter(Boolean).length / agreements.length).toBeGreaterThanOrEqual(0.97);
  }
});
