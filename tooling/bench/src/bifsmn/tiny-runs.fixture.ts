/** A plan of tiny networks, runs of them as a training leaves them, and noise to test them on. Nothing is trained. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkModel, encodeModel, levelsOf, type Model } from '@bitvox/graph';
import { bifsmnLevels, type BinarizerName } from '@bitvox/models';
import { freeze, initialize } from '@bitvox/quant-training';
import { Random } from '@bitvox/ternary-prng';
import { SPEC98X40 } from '@bitvox/features';
import { type Method, modelFileOf, type Plan, planOf, type Run, runFolderOf, TWIN_METHOD } from './plan.ts';
import type { TestData } from './test-sets.ts';

const LABELS = ['yes', 'no', 'unknown'];
const method = (model: string, scoredBy: Method['scoredBy'] = 'runtime', modelOptions = {}): Method => ({
  what: model,
  epochs: 2,
  seeds: [1, 2],
  scoredBy,
  compared: 'all',
  settings: { model, batch: 4, learningRate: 0.01, modelOptions },
});

/** Twins, both BiFSMN, and a binarizer without deployed form; two seeds each. */
export const TINY_PLAN: Plan = planOf(
  {
    [TWIN_METHOD]: { ...method('bifsmn'), settings: { ...method('bifsmn').settings, bits: 32 } },
    v1: method('bifsmn'),
    v2: method('bifsmn-v2'),
    released: method('bifsmn', 'predictor', { binarizer: 'bifsmn-released' }),
  },
  LABELS,
);

function floatModel({ settings, seed }: Run): Model {
  const { model, bits, modelOptions } = settings as { model: BinarizerName; bits?: 32; modelOptions: { binarizer?: BinarizerName } };
  const levels = bifsmnLevels({ labels: LABELS.length, channels: 8, hidden: 8, blocks: 4, bits: bits ?? 1, binarizer: model, ...modelOptions });
  const rest = { labels: LABELS, features: { ...SPEC98X40 }, decision: { smoothing: 0, refractory: 0, thresholds: {} } };
  const training = { config: settings, clips: 8, validation: { clips: 4, accuracy: 0.5, epoch: 1 } };
  return checkModel({ graph: levels[0]!.graph, levels, tensors: initialize(levels, seed), ...rest, training });
}

const event = (epoch: number, accuracy: number): string[] => [
  JSON.stringify({ type: 'epoch', epoch, loss: 1 / (epoch + 1), accuracy, seconds: 2 }),
  JSON.stringify({ type: 'validation', epoch, accuracy, thinner: [{ level: '0.5x', accuracy: accuracy / 2 }] }),
];

/** Writes the files of a finished run. */
export function writeTinyRun(folder: string, run: Run): void {
  const model = floatModel(run);
  const inRun = (name: string): string => join(folder, runFolderOf(run.id), name);
  mkdirSync(join(folder, runFolderOf(run.id)), { recursive: true });
  writeFileSync(inRun('trained.bitvox'), encodeModel(model));
  // The first epoch was begun twice.
  writeFileSync(inRun('events.jsonl'), [...event(0, 0.1), ...event(0, 0.25), ...event(1, 0.5), ''].join('\n'));
  if (TINY_PLAN.methods[run.method]!.scoredBy === 'predictor') return;
  writeFileSync(join(folder, modelFileOf(run.id)), encodeModel({ ...model, tensors: freeze(levelsOf(model), model.tensors) }));
}

/** Noise as two test sets. */
export function tinyData(): TestData {
  const random = new Random(1, 'tiny-runs');
  const set = (count: number) => ({
    labelNames: LABELS,
    count,
    frames: 98,
    bands: 40,
    pixels: Uint8Array.from({ length: count * 98 * 40 }, () => random.below(256)),
    labels: Uint8Array.from({ length: count }, (_, clip) => clip % LABELS.length),
  });
  return { sets: { spectrograms: set(6), audio: set(9) }, trainingCounts: [3, 3, 2] };
}
