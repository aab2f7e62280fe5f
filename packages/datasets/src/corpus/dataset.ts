/**
 * A dataset: examples that know their label, speaker and split, and load their audio or spectrogram when asked.
 * Invariant: listing a dataset decodes nothing; a file that cannot be used is named, and is skipped or ends the run as the caller chose.
 */
import { Random } from '@bitvox/ternary-prng';
import type { Clip } from '../audio/clip.ts';
import { DatasetError, reasonOf } from '../errors.ts';
import type { Spectrogram } from '../spectrogram/spectrogram.ts';
import { labelIndex, orderLabels, type OtherWords } from './labels.ts';
import type { Split } from './split.ts';

/** What every example has. */
interface ExampleBase {
  /** Unique within the dataset; the file's name where there is one. */
  readonly id: string;
  /** Canonical label, one of the dataset's `labels`. */
  readonly label: string;
  /** The word that is spoken, where it is known and differs from the label. */
  readonly word?: string;
  readonly speaker?: string;
  readonly split: Split;
  /** Further columns of the manifest, as they stand there. */
  readonly columns?: Readonly<Record<string, string>>;
}

/** An example that loads audio. */
export interface AudioExample extends ExampleBase {
  readonly kind: 'audio';
  load(): Promise<Clip>;
}

/** An example that loads a spectrogram. */
export interface SpectrogramExample extends ExampleBase {
  readonly kind: 'spectrogram';
  load(): Promise<Spectrogram>;
}

/** One labelled recording. */
export type Example = AudioExample | SpectrogramExample;

/** A recording that was left out, and why. */
export interface Skipped {
  readonly id: string;
  readonly reason: string;
}

/** Examples with the labels they use, in canonical order. */
export interface Dataset<Kind extends Example = Example> {
  readonly labels: readonly string[];
  readonly examples: readonly Kind[];
  /** Grows while listing and loading with `onBadFile: 'skip'`. */
  readonly skipped: Skipped[];
}

/** What to do about a file that cannot be used. */
export interface BadFileOptions {
  /** `'fail'` (default) throws an error that names the file; `'skip'` notes it in `skipped` and goes on. */
  readonly onBadFile?: 'skip' | 'fail';
}

/** A dataset of these examples; its labels are those that occur. */
export function datasetOf<Kind extends Example>(examples: readonly Kind[], skipped: Skipped[] = []): Dataset<Kind> {
  return { labels: orderLabels(examples.map((example) => example.label)), examples, skipped };
}

/** The examples of one split. `labels` stay as they are. */
export function ofSplit<Kind extends Example>(dataset: Dataset<Kind>, split: Split): Dataset<Kind> {
  return { ...dataset, examples: dataset.examples.filter((example) => example.split === split) };
}

/**
 * The dataset as a task with the given labels.
 * @param others what becomes of words that are no label (default `'fail'`)
 * @throws DatasetError DATASET_LABEL
 */
export function forLabels<Kind extends Example>(dataset: Dataset<Kind>, labels: readonly string[], others: OtherWords = 'fail'): Dataset<Kind> {
  const examples: Kind[] = [];
  for (const example of dataset.examples) {
    const index = labelIndex(example.label, labels, others);
    if (index === undefined) continue;
    examples.push(labels[index] === example.label ? example : { ...example, word: example.word ?? example.label, label: labels[index] });
  }
  return { labels: [...labels], examples, skipped: dataset.skipped };
}

/**
 * Splits off a share of the speakers, for a set that comes without a validation part. Examples without a speaker (cuts of noise) count as speakers of their own.
 *
 * @param share of the speakers to hold out, 0 to 1; which ones depends on the seed and their names only
 * @returns ids of the examples that are held out
 */
export function holdOutSpeakers(examples: readonly Example[], share: number, seed: number): Set<string> {
  const random = new Random(seed, 'hold-out');
  return new Set(examples.filter((example) => random.split(example.speaker ?? example.id).uniform() < share).map((example) => example.id));
}

/** An example with what it loaded. */
export type Loaded<Kind extends Example> = { readonly example: Kind; readonly data: Awaited<ReturnType<Kind['load']>> };

/**
 * Loads the examples one after the other.
 * @throws DatasetError naming the file, with `onBadFile: 'fail'`
 */
export async function* loadExamples<Kind extends Example>(dataset: Dataset<Kind>, options: BadFileOptions = {}): AsyncGenerator<Loaded<Kind>> {
  for (const example of dataset.examples) {
    let data: Awaited<ReturnType<Kind['load']>>;
    try {
      data = (await example.load()) as typeof data;
    } catch (thrown) {
      skipOrThrow(thrown, example.id, dataset.skipped, options);
      continue;
    }
    yield { example, data };
  }
}

/** Notes a bad file, or throws its error again. Errors that are not about data (a bug, no memory) are never swallowed. */
export function skipOrThrow(thrown: unknown, id: string, skipped: Skipped[], options: BadFileOptions): void {
  if (options.onBadFile !== 'skip' || !(thrown instanceof DatasetError)) throw thrown;
  skipped.push({ id, reason: reasonOf(thrown) });
}
