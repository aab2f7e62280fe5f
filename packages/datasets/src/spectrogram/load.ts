/**
 * A container, or a part of it, as one array: the fast way into training.
 * Invariant: examples stand in the order of the container's index, whatever was skipped.
 */
import { type BadFileOptions, type SpectrogramExample, skipOrThrow } from '../corpus/dataset.ts';
import { labelIndex, type OtherWords } from '../corpus/labels.ts';
import type { Split } from '../corpus/split.ts';
import { DatasetError } from '../errors.ts';
import { decodePicture, type SpectrogramContainer } from './container.ts';
import { loadPictureDecoder } from './picture.ts';
import type { SpectrogramSet } from './spectrogram.ts';

/** What to load, and how to be told about it. */
export interface LoadSpectrogramsOptions extends BadFileOptions {
  /** Only this split (default: all). */
  readonly split?: Split;
  /** Only examples for which this holds. */
  readonly filter?: (example: SpectrogramExample) => boolean;
  /** Labels of the task (default: those of the container). */
  readonly labels?: readonly string[];
  /** What becomes of words that are no label of the task (default `'fail'`). */
  readonly others?: OtherWords;
  /** Called now and then with the number of pictures done and the number of all. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Ends the loading with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Pictures read and decoded between two chances for the page to breathe: about 50 ms. */
const CHUNK = 256;

/** Bytes of pixels that one array may hold in every engine. */
const LARGEST_SET = 2 ** 31 - 1;

/**
 * Decodes the pictures of a container into one array.
 * @throws DatasetError DATASET_SPECTROGRAM, DATASET_LABEL, DATASET_EMPTY
 */
export async function loadSpectrograms(container: SpectrogramContainer, options: LoadSpectrogramsOptions = {}): Promise<SpectrogramSet> {
  const { frames, bands, files } = container;
  const labelNames = options.labels ?? container.labels;
  if (labelNames.length > 256) throw new DatasetError('DATASET_LABEL', `${labelNames.length} labels, of at most 256`);
  const chosen = choose(container, labelNames, options);
  if (chosen.length === 0) throw new DatasetError('DATASET_EMPTY', `no pictures of the split ${options.split ?? '(any)'} among ${container.examples.length}`);
  const decode = await loadPictureDecoder();
  const size = frames * bands;
  if (chosen.length * size > LARGEST_SET)
    throw new DatasetError('DATASET_SPECTROGRAM', `${chosen.length} pictures of ${frames} × ${bands}, more than ${LARGEST_SET} bytes`);
  // Taken once a picture has proved that the header speaks the truth about its size.
  let pixels = new Uint8Array(0);
  const labels = new Uint8Array(chosen.length);
  let count = 0;
  for (let start = 0; start < chosen.length; start += CHUNK) {
    options.signal?.throwIfAborted();
    const chunk = chosen.slice(start, start + CHUNK);
    for (const [index, bytes] of (await readBodies(container, chunk)).entries()) {
      const { example, label } = chunk[index];
      try {
        const picture = decodePicture(decode, files.header, bytes, example.id);
        if (pixels.length === 0) pixels = new Uint8Array(chosen.length * size);
        pixels.set(picture.pixels, count * size);
        labels[count++] = label;
      } catch (thrown) {
        skipOrThrow(thrown, example.id, container.skipped, options);
      }
    }
    options.onProgress?.(Math.min(start + CHUNK, chosen.length), chosen.length);
  }
  return { labelNames, count, frames, bands, pixels: pixels.subarray(0, count * size), labels: labels.subarray(0, count) };
}

interface Chosen {
  readonly example: SpectrogramExample;
  readonly label: number;
}

function choose(container: SpectrogramContainer, labelNames: readonly string[], options: LoadSpectrogramsOptions): Chosen[] {
  const chosen: Chosen[] = [];
  for (const example of container.examples) {
    if (options.split !== undefined && example.split !== options.split) continue;
    if (options.filter !== undefined && !options.filter(example)) continue;
    const label = labelIndex(example.label, labelNames, options.others);
    if (label !== undefined) chosen.push({ example, label });
  }
  return chosen;
}

/** The bytes of neighbouring pictures in one read, if they lie close together. */
async function readBodies(container: SpectrogramContainer, chunk: readonly Chosen[]): Promise<Uint8Array[]> {
  const ranges = chunk.map(({ example }) => container.ranges.get(example.id)!);
  const from = Math.min(...ranges.map((range) => range.offset));
  const to = Math.max(...ranges.map((range) => range.offset + range.length));
  const wanted = ranges.reduce((sum, range) => sum + range.length, 0);
  if (to - from > wanted * 4) return Promise.all(ranges.map((range) => container.files.data.read(range.offset, range.length)));
  const bytes = await container.files.data.read(from, to - from);
  return ranges.map((range) => bytes.subarray(range.offset - from, range.offset - from + range.length));
}
