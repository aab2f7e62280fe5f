/** The listening part of the demo: streams put together from clips and noise, words spotted in them, one threshold chosen on one stream for another. */
import { type AudioExample, composeStream, type Dataset, loadExamples, type NoiseSource, type StreamEvent } from '@bitvox/datasets';
import type { DecisionSettings } from '@bitvox/graph';
import { decide, type Detection, type Matches, matchDetections, type Session, spot } from '@bitvox/runtime';

/** Labels that are never reported: another word, or none. */
export const NOT_REPORTED: ReadonlySet<string> = new Set(['unknown', 'silence']);

/** A stream with what is said in it. */
export interface TestStream {
  readonly samples: Int16Array;
  readonly sampleRate: number;
  /** Everything that is said, other words included; times in seconds. */
  readonly truth: readonly StreamEvent[];
}

/** What was heard in a stream. */
export interface Heard {
  readonly matches: Matches;
  /** Of the stream, and of the work to hear it, in seconds. */
  readonly seconds: number;
  readonly work: number;
}

/** One continuous stream of the clips of a dataset over a bed of noise. Clips of silence are left out: the bed is silence enough. */
export async function composeFrom(dataset: Dataset<AudioExample>, noise: NoiseSource, seed: number): Promise<TestStream> {
  const clips = [];
  for await (const { example, data } of loadExamples({ ...dataset, examples: dataset.examples.filter(({ label }) => label !== 'silence') })) {
    clips.push({ clip: data, label: example.label });
  }
  const { clip, truth } = composeStream({ clips, noise, ratio: 25, gaps: [0.3, 1], seed });
  return { samples: clip.samples, sampleRate: clip.sampleRate, truth };
}

const secondsOf = ({ samples, sampleRate }: TestStream): number => samples.length / sampleRate;

function match(stream: TestStream, detections: readonly Detection[]): Matches {
  const truth = stream.truth.filter(({ label }) => !NOT_REPORTED.has(label)).map(({ label, start, end }) => ({ label, start: 1000 * start, end: 1000 * end }));
  return matchDetections(detections, truth, { duration: 1000 * secondsOf(stream) });
}

/** Spots words in a stream and compares them with the truth. */
export async function listen(session: Session, stream: TestStream, decision: DecisionSettings): Promise<Heard> {
  const began = performance.now();
  const detections = await spot(session, stream.samples, { decision });
  const work = (performance.now() - began) / 1000;
  return { matches: match(stream, detections), seconds: secondsOf(stream), work };
}

const THRESHOLDS = [0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95];
const SMOOTHINGS = [120, 240, 360, 480];
/** A word stays in the window of the network for about a second. */
const REFRACTORY = 1200;

/** A miss costs as much as a false alarm. */
const cost = ({ misses, falseAlarms }: Matches): number => misses.length + falseAlarms.length;

/** The decision settings with the fewest misses and false alarms on a stream, one threshold for all words; of equals the first. */
export async function chooseDecision(session: Session, stream: TestStream): Promise<DecisionSettings> {
  const { labels } = session;
  const words = labels.filter((label) => !NOT_REPORTED.has(label));
  const scores: { readonly time: number; readonly values: Uint16Array }[] = [];
  await spot(session, stream.samples, { scores: ({ time, values }) => scores.push({ time, values: values.slice() }) });
  const { step } = session.stream();
  const candidates = SMOOTHINGS.flatMap((smoothing) =>
    THRESHOLDS.map((threshold) => {
      const decision = { smoothing, refractory: REFRACTORY, thresholds: Object.fromEntries(words.map((label) => [label, threshold])) };
      return { decision, cost: cost(match(stream, decide(scores, labels, decision, step))) };
    }),
  );
  return candidates.reduce((best, candidate) => (candidate.cost < best.cost ? candidate : best)).decision;
}
