/**
 * Scores of a finished run on every level and every test set: accuracy, right answers by label, misses against false alarms.
 * Deployed networks run in WebAssembly; on recordings the reference executor, which takes a hundred times as long, has to give the same bits.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { batches, type SpectrogramSet, spectrogramAt } from '@bitvox/datasets';
import { decodeModel, levelsOf, type Model, modelAtLevel } from '@bitvox/graph';
import { createPredictor, equalisePriors, wasmExecutor } from '@bitvox/quant-training';
import { createSession } from '@bitvox/runtime';
import { Random } from '@bitvox/ternary-prng';
import { type Detection, detectionErrors } from './detection-errors.ts';
import type { Method } from './plan.ts';
import type { TestData } from './test-sets.ts';

/** How well a network does on one test set. Plain JSON. */
export interface Tested {
  readonly clips: number;
  readonly correct: number;
  /** By label, in the order of outputs. */
  readonly perLabel: readonly { readonly clips: number; readonly correct: number }[];
  readonly detection: readonly Detection[];
  /** Clips that the reference executor was run on too. */
  readonly compared: number;
  /** How many of those it gave other scores. */
  readonly differing: number;
}

/** Everything that was tested of a run: by level, then by test set. */
export type Evaluation = Readonly<Record<string, Readonly<Record<string, Tested>>>>;

/** Gives the scores of a clip, from `[frame][band]`; the largest is the answer. */
interface Scorer {
  readonly score: (frames: Uint8Array) => Promise<ArrayLike<number>> | ArrayLike<number>;
  /** Whether the scores of this clip are those of the other executor; absent where there is none. */
  readonly agrees?: (frames: Uint8Array) => boolean;
  readonly dispose?: () => void;
}

function runtimeScorer(model: Model): Scorer {
  const session = createSession(model, { backend: 'wasm' });
  const reference = createSession(session.program, { backend: 'reference' });
  return {
    score: (frames) => session.run(frames).values,
    agrees: (frames) => {
      const [first, second] = [session, reference].map((each) => each.run(frames).logits) as [Int16Array, Int16Array];
      return first.length === second.length && first.every((logit, at) => logit === second[at]);
    },
  };
}

async function predictorScorer({ graph, tensors }: Model, { trainingCounts }: TestData): Promise<Scorer> {
  const { channels: bands, frames: count } = graph.nodes[0]!.shape;
  const predictor = await createPredictor(graph, equalisePriors(graph, tensors, trainingCounts), { executor: wasmExecutor({ threads: 1 }), batch: 1 });
  return {
    score: async (pixels) => {
      const clip: SpectrogramSet = { labelNames: [''], count: 1, frames: count, bands, pixels, labels: new Uint8Array(1) };
      const [batch] = [...batches(clip, { size: 1, random: new Random(0), order: 'sequential' })];
      const logits = await predictor.predict(batch!.inputs, 1);
      const largest = Math.max(...logits);
      const exponentials = logits.map((logit) => Math.exp(logit - largest));
      const sum = exponentials.reduce((total, value) => total + value, 0);
      return exponentials.map((value) => value / sum);
    },
    dispose: () => predictor.dispose(),
  };
}

async function test({ score, agrees }: Scorer, set: SpectrogramSet, compareEvery: number): Promise<Tested> {
  const perLabel = set.labelNames.map(() => ({ clips: 0, correct: 0 }));
  const scores: Float64Array[] = [];
  let [compared, differing] = [0, 0];
  for (let clip = 0; clip < set.count; clip++) {
    const { pixels } = spectrogramAt(set, clip);
    const found = Float64Array.from(await score(pixels));
    const counts = perLabel[set.labels[clip]!]!;
    counts.clips++;
    if (found.indexOf(Math.max(...found)) === set.labels[clip]) counts.correct++;
    scores.push(found);
    if (agrees === undefined || clip % compareEvery !== 0) continue;
    compared++;
    if (!agrees(pixels)) differing++;
  }
  const correct = perLabel.reduce((sum, each) => sum + each.correct, 0);
  const detection = detectionErrors(scores, set.labels, set.labelNames);
  return { clips: set.count, correct, perLabel, detection, compared, differing };
}

const makeScorer = (model: Model, scoredBy: Method['scoredBy'], data: TestData): Scorer | Promise<Scorer> =>
  scoredBy === 'runtime' ? runtimeScorer(model) : predictorScorer(model, data);

/** The set on which executors are compared. */
const RECORDINGS = 'audio';

/** How a model is evaluated. */
export interface EvaluationOptions {
  readonly scoredBy: Method['scoredBy'];
  readonly data: TestData;
  /** Executors are compared on the first recording, and on every one that comes this many after. */
  readonly compareEvery: number;
}

/** Tests every level of a model on every test set. */
async function evaluateModel(model: Model, { scoredBy, data, compareEvery }: EvaluationOptions): Promise<Evaluation> {
  const evaluation: Record<string, Record<string, Tested>> = {};
  for (const { name } of levelsOf(model)) {
    const scorer = await makeScorer(modelAtLevel(model, name), scoredBy, data);
    const tested: Record<string, Tested> = {};
    for (const [set, clips] of Object.entries(data.sets)) tested[set] = await test(set === RECORDINGS ? scorer : { score: scorer.score }, clips, compareEvery);
    scorer.dispose?.();
    evaluation[name] = tested;
  }
  return evaluation;
}

/** Clips whose scores tell whether a file is executed as it was. */
const PROBES = 16;

/** Names what an evaluation depends on: the bytes of the file, the clips, and what the executor makes of some of them at each level. */
async function fingerprint(file: Uint8Array, model: Model, { scoredBy, data, compareEvery }: EvaluationOptions): Promise<string> {
  const hash = createHash('sha256').update(file).update(`every ${compareEvery} `);
  for (const { name } of levelsOf(model)) {
    const scorer = await makeScorer(modelAtLevel(model, name), scoredBy, data);
    for (const [name, set] of Object.entries(data.sets)) {
      hash.update(`${name} ${set.count} `).update(set.labels);
      for (let clip = 0; clip < Math.min(PROBES, set.count); clip++) {
        hash.update(Float64Array.from(await scorer.score(spectrogramAt(set, Math.floor((clip * set.count) / PROBES)).pixels)));
      }
    }
    scorer.dispose?.();
  }
  return hash.digest('hex');
}

/**
 * The evaluation of a file, which is kept beside it in `<file>.evaluation.json` until the file, the clips or the executors change.
 * @param path of the file
 */
export async function evaluationOf(path: string, options: EvaluationOptions): Promise<Evaluation> {
  const file = readFileSync(path);
  const model = decodeModel(file);
  const print = await fingerprint(file, model, options);
  const kept = `${path}.evaluation.json`;
  if (existsSync(kept)) {
    const stored = JSON.parse(readFileSync(kept, 'utf8')) as { fingerprint: string; evaluation: Evaluation };
    if (stored.fingerprint === print) return stored.evaluation;
  }
  const evaluation = await evaluateModel(model, options);
  writeFileSync(kept, `${JSON.stringify({ fingerprint: print, evaluation })}\n`);
  return evaluation;
}
