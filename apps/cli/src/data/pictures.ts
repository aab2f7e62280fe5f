/**
 * Corpora as one array of spectrograms, the form that training and evaluation take: containers are decoded, recordings go through the
 * integer front end, so that a network hears recordings in training exactly as it does when deployed.
 */
import { labelIndex, loadExamples, loadSpectrograms, type OtherWords, resample, type SpectrogramContainer, type SpectrogramSet } from '@bitvox/datasets';
import { SPEC98X40, spec98x40Clip } from '@bitvox/features';
import { CliError } from '../errors.ts';
import { type Corpus, isContainer } from './corpora.ts';

/** Shape of the pictures. */
export const PICTURE = { frames: 98, bands: 40 } as const;

/** How pictures are made. */
export interface PictureOptions {
  readonly labels: readonly string[];
  /** What becomes of words that are no label. */
  readonly others: OtherWords;
  readonly onBadFile: 'skip' | 'fail';
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

async function decodeContainer(dataset: SpectrogramContainer, name: string, options: PictureOptions): Promise<SpectrogramSet> {
  if (dataset.frames !== PICTURE.frames || dataset.bands !== PICTURE.bands) {
    throw new CliError('CLI_FRONT_END', `${name} holds pictures of ${dataset.frames} x ${dataset.bands}, networks take ${PICTURE.frames} x ${PICTURE.bands}.`);
  }
  return loadSpectrograms(dataset, options);
}

async function hearRecordings({ dataset }: Corpus, options: PictureOptions): Promise<SpectrogramSet> {
  if (isContainer(dataset)) throw new TypeError('a container holds no recordings');
  const size = PICTURE.frames * PICTURE.bands;
  const total = dataset.examples.length;
  const pixels = new Uint8Array(total * size);
  const labels = new Uint8Array(total);
  let count = 0;
  let done = 0;
  for await (const { example, data } of loadExamples(dataset, options)) {
    options.signal?.throwIfAborted();
    const label = labelIndex(example.label, options.labels, options.others);
    if (label !== undefined) {
      const { samples } = await resample(data, SPEC98X40.sampleRate);
      pixels.set(spec98x40Clip(samples), count * size);
      labels[count++] = label;
    }
    options.onProgress?.(++done, total);
  }
  return { labelNames: options.labels, count, ...PICTURE, pixels: pixels.subarray(0, count * size), labels: labels.subarray(0, count) };
}

/** One set after the other. */
function joined(sets: readonly SpectrogramSet[], labelNames: readonly string[]): SpectrogramSet {
  const count = sets.reduce((sum, set) => sum + set.count, 0);
  const pixels = new Uint8Array(count * PICTURE.frames * PICTURE.bands);
  const labels = new Uint8Array(count);
  let at = 0;
  for (const set of sets) {
    pixels.set(set.pixels, at * PICTURE.frames * PICTURE.bands);
    labels.set(set.labels, at);
    at += set.count;
  }
  return { labelNames, count, ...PICTURE, pixels, labels };
}

/**
 * All pictures of the corpora. Corpora without examples are passed over.
 * @throws CliError `CLI_EMPTY` when there are none, DatasetError for a bad file when that is fatal
 */
export async function loadPictures(corpora: readonly Corpus[], options: PictureOptions): Promise<SpectrogramSet> {
  const used = corpora.filter(({ dataset }) => dataset.examples.length > 0);
  const total = used.reduce((sum, { dataset }) => sum + dataset.examples.length, 0);
  let before = 0;
  const sets: SpectrogramSet[] = [];
  for (const corpus of used) {
    const start = before;
    const part = { ...options, onProgress: (done: number) => options.onProgress?.(start + done, total) };
    sets.push(await (isContainer(corpus.dataset) ? decodeContainer(corpus.dataset, corpus.name, part) : hearRecordings(corpus, part)));
    before += corpus.dataset.examples.length;
  }
  const set = joined(sets, options.labels);
  if (set.count === 0) throw new CliError('CLI_EMPTY', `there are no clips of ${options.labels.join(', ')}.`);
  return set;
}
