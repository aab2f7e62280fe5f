/**
 * One straight line through the packages without Node: noise → front end → network → integers → scores, and packed bits multiplied.
 * Runs in a page and in Node; what it returns must be the same.
 */
import { multiply, pack } from '@bitvox/bitpack';
import { integerFeatures, SPEC98X40 } from '@bitvox/features';
import { checkModel, decodeModel, encodeModel } from '@bitvox/graph';
import { dfsmn } from '@bitvox/models';
import { freeze, initialize } from '@bitvox/quant-training';
import { createSession } from '@bitvox/runtime';
import { Random } from '@bitvox/ternary-prng';

const LABELS = ['yes', 'no', 'silence'];

/** What is compared, as plain JSON. */
export interface LineResult {
  readonly backend: string;
  readonly frames: readonly number[];
  readonly modelBytes: number;
  readonly clipScores: readonly number[];
  readonly streamScores: readonly (readonly number[])[];
  readonly product: readonly number[];
}

/** Runs the line from a seed. */
export function runLine(seed: number): LineResult {
  const random = new Random(seed, 'page');
  const samples = Int16Array.from({ length: 16_000 }, () => random.below(8000) - 4000);
  const graph = dfsmn({ labels: LABELS.length, channels: 32, hidden: 48, blocks: 2 });
  const decision = { smoothing: 0, refractory: 0, thresholds: {} };
  const tensors = freeze(graph, initialize(graph, seed));
  const file = encodeModel(checkModel({ graph, tensors, labels: LABELS, features: { ...SPEC98X40 }, decision, training: {} }));
  const session = createSession(decodeModel(file));
  const streamScores: number[][] = [];
  const stream = session.stream();
  for (let start = 0; start < samples.length; start += 1111) stream.push(samples.subarray(start, start + 1111), ({ values }) => streamScores.push([...values]));
  const signs = (count: number): Int8Array => Int8Array.from({ length: count }, () => 2 * random.below(2) - 1);
  const product = multiply(pack(signs(7 * 133), 7, 133), signs(133 * 5), 5);
  return {
    backend: session.backend,
    frames: [...integerFeatures(SPEC98X40, samples).data],
    modelBytes: file.length,
    clipScores: [...session.runClip(samples).values],
    streamScores,
    product: [...product],
  };
}
