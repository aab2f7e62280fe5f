/**
 * Batches of spectrograms as a network takes them: 32-bit floats in the layout [band][batch][frame], real value (pixel - 128) / 64.
 * Invariant: everything depends on the set, the options and the stream only; example i of an epoch is augmented from a stream of its
 * own, so the batch size does not change what an example looks like.
 */
import type { Random } from '@bitvox/ternary-prng';
import { augmentSpectrogram, type SpectrogramAugmentation } from '../augment/spectrogram.ts';
import { DatasetError } from '../errors.ts';
import { type Spectrogram, spectrogramAt, type SpectrogramSet } from '../spectrogram/spectrogram.ts';
import { epochOrder, type Order } from './order.ts';

/** Real value of one step of a pixel; a pixel of 128 is 0. */
const PIXEL_UNIT = 1 / 64;

/** A batch. */
export interface Batch {
  /** [bands][size][frames]. */
  readonly inputs: Float32Array;
  /** Label index of each example; -1 where the batch is padded. */
  readonly labels: Int32Array;
  /** Index of each example in its set; only the first `count` count. */
  readonly indices: Uint32Array;
  /** Examples that are no padding: they come first. */
  readonly count: number;
}

/** How an epoch is cut into batches. */
export interface BatchOptions {
  /** Examples in a batch (default 128). */
  readonly size?: number;
  /** Stream of the epoch: `new Random(seed, 'epoch', epoch)`. */
  readonly random: Random;
  /** Default `'shuffled'`. */
  readonly order?: Order;
  /** Examples in the epoch (default: as many as the set has). */
  readonly epochLength?: number;
  readonly augmentation?: SpectrogramAugmentation;
  /** A last batch that is not full is dropped (default) or padded with pixels of 0 and labels of -1. */
  readonly last?: 'drop' | 'pad';
}

/** Number of batches `batches` gives. */
export function batchCount(examples: number, size: number, last: 'drop' | 'pad' = 'drop'): number {
  return last === 'drop' ? Math.floor(examples / size) : Math.ceil(examples / size);
}

/**
 * The batches of one epoch. Every batch has arrays of its own.
 * @throws DatasetError DATASET_EMPTY, DATASET_OPTION
 */
export function* batches(set: SpectrogramSet, options: BatchOptions): Generator<Batch> {
  const size = options.size ?? 128;
  if (!Number.isInteger(size) || size < 1) throw new DatasetError('DATASET_OPTION', `a batch size of ${size}`);
  const order = epochOrder(set.labels, options.order ?? 'shuffled', options.random.split('order'), options.epochLength ?? set.count);
  const examples = options.random.split('example');
  const total = batchCount(order.length, size, options.last);
  for (let batch = 0; batch < total; batch++) {
    const start = batch * size;
    const indices = order.slice(start, start + size);
    const inputs = new Float32Array(set.bands * size * set.frames);
    fillBatch(inputs, size, set, indices, options.augmentation, (position) => examples.split(start + position));
    const labels = new Int32Array(size).fill(-1);
    indices.forEach((index, position) => (labels[position] = set.labels[index]));
    yield { inputs, labels, indices, count: indices.length };
  }
}

/**
 * Writes a batch into memory the caller owns, such as the arena of a training step.
 *
 * @param inputs [bands][size][frames]; positions beyond `indices` become pixels of 0
 * @param streamOf stream for the augmentation of the example at a position
 * @throws DatasetError DATASET_OPTION where the array is of another size
 */
export function fillBatch(
  inputs: Float32Array,
  size: number,
  set: SpectrogramSet,
  indices: ArrayLike<number>,
  augmentation?: SpectrogramAugmentation,
  streamOf?: (position: number) => Random,
): void {
  if (inputs.length !== set.bands * size * set.frames || indices.length > size) {
    throw new DatasetError('DATASET_OPTION', `${indices.length} examples and an array of ${inputs.length} values for ${set.bands} × ${size} × ${set.frames}`);
  }
  const scratch: Spectrogram = { frames: set.frames, bands: set.bands, pixels: new Uint8Array(set.frames * set.bands) };
  for (let position = 0; position < size; position++) {
    if (position >= indices.length) scratch.pixels.fill(0);
    else {
      scratch.pixels.set(spectrogramAt(set, indices[position]).pixels);
      if (augmentation !== undefined && streamOf !== undefined) augmentSpectrogram(scratch, augmentation, streamOf(position));
    }
    writeExample(inputs, size, position, scratch);
  }
}

/** Transposes a picture of [frames][bands] into its place in [bands][size][frames]. */
function writeExample(inputs: Float32Array, size: number, position: number, { frames, bands, pixels }: Spectrogram): void {
  for (let band = 0; band < bands; band++) {
    let source = band;
    const end = (band * size + position + 1) * frames;
    for (let target = end - frames; target < end; target++) {
      inputs[target] = (pixels[source] - 128) * PIXEL_UNIT;
      source += bands;
    }
  }
}
