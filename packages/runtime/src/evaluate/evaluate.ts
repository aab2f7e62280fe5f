/** Accuracy and confusion over labelled clips. */
import { RuntimeError } from '../errors.ts';
import type { Scores, Session } from '../session/session.ts';

/** A labelled clip: frames of the front end `[frame][band]`, or 16-bit samples. */
export interface Example {
  /** Names the clip in errors and in the list of mistakes. */
  readonly id: string;
  readonly label: string;
  readonly input: Uint8Array | Int16Array;
}

/** Right answers for one label. */
export interface LabelResult {
  readonly clips: number;
  readonly correct: number;
  /** 0 to 1; 0 where there is no clip. */
  readonly accuracy: number;
}

/** A clip that was taken for something else. */
export interface Mistake {
  readonly id: string;
  readonly label: string;
  readonly heard: string;
}

/** What an evaluation found. Plain JSON. */
export interface Evaluation {
  /** 0 to 1. */
  readonly accuracy: number;
  readonly clips: number;
  readonly correct: number;
  readonly labels: readonly string[];
  readonly perLabel: Readonly<Record<string, LabelResult>>;
  /** `confusion[truth][heard]`, in the order of `labels`. */
  readonly confusion: readonly (readonly number[])[];
  readonly mistakes: readonly Mistake[];
}

/** Options of `evaluate`. */
export interface EvaluateOptions {
  /** Called after every clip with the clips and the right answers so far. */
  readonly progress?: (clips: number, correct: number) => void;
  /** Stops before the next clip. */
  readonly signal?: AbortSignal;
}

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/** The label with the highest score, over all output frames; the first of equals. */
export function heardLabel({ labels, frames, values }: Scores): number {
  const sums = labels.map((_, label) => {
    let sum = 0;
    for (let frame = 0; frame < frames; frame++) sum += values[frame * labels.length + label]!;
    return sum;
  });
  return sums.indexOf(Math.max(...sums));
}

/**
 * Runs every example and counts.
 * @throws RuntimeError `RUNTIME_EVALUATION` for a label that the model does not have, naming the example
 */
export async function evaluate(session: Session, examples: Iterable<Example> | AsyncIterable<Example>, options: EvaluateOptions = {}): Promise<Evaluation> {
  const { labels } = session;
  const confusion = labels.map(() => labels.map(() => 0));
  const mistakes: Mistake[] = [];
  let clips = 0;
  let correct = 0;
  for await (const { id, label, input } of examples) {
    options.signal?.throwIfAborted();
    const truth = labels.indexOf(label);
    if (truth < 0) throw new RuntimeError('RUNTIME_EVALUATION', `example "${id}" has the label "${label}", the model knows ${labels.join(', ')}.`);
    const scores = input instanceof Int16Array ? session.runClip(input) : session.run(input);
    if (scores.frames === 0) throw new RuntimeError('RUNTIME_EVALUATION', `example "${id}" is too short for the network.`);
    const heard = heardLabel(scores);
    confusion[truth]![heard]!++;
    clips++;
    if (heard === truth) correct++;
    else mistakes.push({ id, label, heard: labels[heard]! });
    options.progress?.(clips, correct);
  }
  const perLabel = labels.map((label, truth): [string, LabelResult] => {
    const count = confusion[truth]!.reduce((sum, clipsHeard) => sum + clipsHeard, 0);
    const right = confusion[truth]![truth]!;
    return [label, { clips: count, correct: right, accuracy: ratio(right, count) }];
  });
  return { accuracy: ratio(correct, clips), clips, correct, labels, perLabel: Object.fromEntries(perLabel), confusion, mistakes };
}
