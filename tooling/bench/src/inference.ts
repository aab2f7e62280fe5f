/**
 * A 1-bit network against its float twin in onnxruntime-web: one process, one thread each, interleaved, medians of rounds.
 * Both get the same 98 x 40 frames; ours includes everything from bytes to scores, the peer everything from a float tensor to scores.
 */
import { performance } from 'node:perf_hooks';
import type { Model } from '@bitvox/graph';
import { createSession } from '@bitvox/runtime';
import { Random } from '@bitvox/ternary-prng';
import * as onnxruntime from 'onnxruntime-web';
import { onnxModel } from './onnx-model.ts';

/** Version of the peer, from its own package. */
export const PEER = `onnxruntime-web ${onnxruntime.env.versions.web ?? onnxruntime.env.versions.common}`;

/** Times in microseconds a clip. */
export interface InferenceTimes {
  readonly ours: number;
  readonly peer: number;
  /** Median of the ratios peer / ours, round by round. */
  readonly ratio: number;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** The peer with a float model, ready to run. */
export async function openPeer(model: Model): Promise<(frames: Uint8Array) => Promise<Float32Array>> {
  onnxruntime.env.wasm.numThreads = 1;
  const session = await onnxruntime.InferenceSession.create(onnxModel(model.graph, model.tensors), {
    executionProviders: ['wasm'],
    graphOptimizationLevel: 'all',
  });
  const { channels, frames: count } = model.graph.nodes[0]!.shape;
  const input = new Float32Array(channels * count);
  const tensor = new onnxruntime.Tensor('float32', input, [1, channels, count]);
  const [inputName] = session.inputNames as [string];
  const [outputName] = session.outputNames as [string];
  return async (frames) => {
    for (let frame = 0; frame < count; frame++)
      for (let band = 0; band < channels; band++) input[band * count + frame] = (frames[frame * channels + band]! - 128) / 64;
    const result = await session.run({ [inputName]: tensor });
    return result[outputName]!.data as Float32Array;
  };
}

/** How to time. */
export interface TimingOptions {
  readonly rounds?: number;
  /** Clips of a round. */
  readonly clips?: number;
  readonly seed?: number;
  /** Level of the measured model; the whole network unless told. */
  readonly level?: string;
}

/**
 * Times both networks.
 * @param binary the model that is measured
 * @param twin its float twin, which the peer runs
 */
export async function timeInference(binary: Model, twin: Model, { rounds = 25, clips = 40, seed = 1, level }: TimingOptions = {}): Promise<InferenceTimes> {
  const session = createSession(binary, level === undefined ? {} : { level });
  const peer = await openPeer(twin);
  const { channels, frames } = binary.graph.nodes[0]!.shape;
  const random = new Random(seed, 'inference');
  const input = Uint8Array.from({ length: channels * frames }, () => random.below(256));
  const timeOurs = (): number => {
    const start = performance.now();
    for (let clip = 0; clip < clips; clip++) session.run(input);
    return ((performance.now() - start) * 1000) / clips;
  };
  const timePeer = async (): Promise<number> => {
    const start = performance.now();
    for (let clip = 0; clip < clips; clip++) await peer(input);
    return ((performance.now() - start) * 1000) / clips;
  };
  // Both engines compile their hot loops while they run; a good second of work comes before anything counts.
  for (let warm = 0; warm < 30; warm++) timeOurs();
  for (let warm = 0; warm < 5; warm++) await timePeer();
  const pairs: { ours: number; peer: number }[] = [];
  for (let round = 0; round < rounds; round++) pairs.push({ ours: timeOurs(), peer: await timePeer() });
  return {
    ours: median(pairs.map(({ ours }) => ours)),
    peer: median(pairs.map(({ peer: time }) => time)),
    ratio: median(pairs.map(({ ours, peer: time }) => time / ours)),
  };
}
