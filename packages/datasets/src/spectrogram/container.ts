/**
 * The spectrogram container: `header.bin` (the start of a grey JPEG file, the same for all pictures), `data.bin` (the rest of each picture,
 * one after the other) and `index.csv` (offset, length, label, word, speaker, take, official_split). Picture i is header + data[offset, offset + length).
 * Invariant: every row of the index lies within the data; all pictures have the size the header states.
 */
import { parseCsv } from '../corpus/csv.ts';
import { type BadFileOptions, type Dataset, datasetOf, type Skipped, skipOrThrow, type SpectrogramExample } from '../corpus/dataset.ts';
import { canonicalLabel } from '../corpus/labels.ts';
import type { ByteSource } from '../corpus/source.ts';
import { parseSplit } from '../corpus/split.ts';
import { DatasetError } from '../errors.ts';
import { loadPictureDecoder, type PictureDecoder, pictureSize } from './picture.ts';
import type { Spectrogram } from './spectrogram.ts';

/** The three files of a container. */
export interface ContainerFiles {
  readonly header: Uint8Array;
  readonly data: ByteSource;
  readonly index: string;
}

/** Where an example's bytes lie in `data.bin`. */
export interface PictureRange {
  readonly offset: number;
  readonly length: number;
}

/** A dataset of spectrograms that can also be read in bulk, see `loadSpectrograms`. */
export interface SpectrogramContainer extends Dataset<SpectrogramExample> {
  readonly frames: number;
  readonly bands: number;
  readonly files: ContainerFiles;
  /** Bytes of each example, by id. */
  readonly ranges: ReadonlyMap<string, PictureRange>;
}

/**
 * Lists a container. Nothing is decoded yet.
 *
 * @param name used in errors
 * @throws DatasetError DATASET_CSV, DATASET_SPECTROGRAM; with `onBadFile: 'fail'` also DATASET_COLUMN, DATASET_SPLIT
 */
export function readContainer(files: ContainerFiles, options: BadFileOptions = {}, name?: string): SpectrogramContainer {
  const size = pictureSize(files.header);
  if (size === undefined)
    throw new DatasetError('DATASET_SPECTROGRAM', `a header of ${files.header.length} bytes without a baseline JPEG frame`, { file: name });
  const ranges = new Map<string, PictureRange>();
  const skipped: Skipped[] = [];
  const examples: SpectrogramExample[] = [];
  let decoder: Promise<PictureDecoder> | undefined;
  parseCsv(files.index, name).forEach((row, index) => {
    const id = `${row['word'] || row['label']}/${row['speaker'] || 'none'}_${row['take'] ?? index}_${index}`;
    try {
      const range = { offset: Number(row['offset']), length: Number(row['length']) };
      const inside =
        Number.isSafeInteger(range.offset) &&
        Number.isSafeInteger(range.length) &&
        range.offset >= 0 &&
        range.length > 0 &&
        range.offset + range.length <= files.data.size;
      if (!inside || !row['label'])
        throw new DatasetError('DATASET_COLUMN', `offset ${row['offset']}, length ${row['length']}, label ${row['label']} in data row ${index + 1}`, {
          file: name,
        });
      const split = parseSplit(row['official_split'] ?? '', name);
      ranges.set(id, range);
      examples.push({
        kind: 'spectrogram',
        id,
        label: canonicalLabel(row['label']),
        ...(row['word'] ? { word: canonicalLabel(row['word']) } : {}),
        ...(row['speaker'] ? { speaker: row['speaker'] } : {}),
        split,
        load: async () => {
          decoder ??= loadPictureDecoder();
          return decodePicture(await decoder, files.header, await files.data.read(range.offset, range.length), id);
        },
      });
    } catch (thrown) {
      skipOrThrow(thrown, id, skipped, options);
    }
  });
  return { ...datasetOf(examples, skipped), frames: size[1], bands: size[0], files, ranges };
}

/** Decodes a picture of the container from the common header and its own bytes. @throws DatasetError DATASET_SPECTROGRAM */
export function decodePicture(decode: PictureDecoder, header: Uint8Array, body: Uint8Array, name: string): Spectrogram {
  const picture = new Uint8Array(header.length + body.length);
  picture.set(header);
  picture.set(body, header.length);
  return decode(picture, name);
}
