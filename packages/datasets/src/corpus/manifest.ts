/**
 * A manifest CSV and the files it names. Columns: `file`, `label` (a file without one is labelled by its folder), and if there are any
 * `word`, `speaker`, `official_split` (or `split`). Without a split the official rule of the speaker counts, without a speaker `defaultSplit`.
 */
import { decodeAudio } from '../audio/decode.ts';
import type { DecodeOptions } from '../audio/clip.ts';
import { DatasetError } from '../errors.ts';
import { type CsvRow, parseCsv } from './csv.ts';
import { type AudioExample, type BadFileOptions, type Dataset, datasetOf, type Skipped, skipOrThrow } from './dataset.ts';
import { canonicalLabel } from './labels.ts';
import { officialSplit, parseSpeaker, parseSplit, type Split } from './split.ts';

/** Files by name: an open tar, a folder, a Map in a test. */
export interface FileSet {
  has(name: string): boolean;
  read(name: string): Promise<Uint8Array>;
}

/** How a manifest is read. */
export interface ManifestOptions extends BadFileOptions {
  /** Limits of the decoder. */
  readonly decode?: DecodeOptions;
  /** Column that holds the split (default `official_split`, else `split`). */
  readonly splitColumn?: string;
  /** Split of examples that have neither a split nor a speaker (default `'test'`). */
  readonly defaultSplit?: Split;
}

const OWN_COLUMNS = new Set(['file', 'label', 'word', 'speaker']);

/**
 * The dataset a manifest describes. Nothing is decoded yet.
 *
 * @param name of the manifest, used in errors
 * @throws DatasetError DATASET_CSV; with `onBadFile: 'fail'` also DATASET_COLUMN, DATASET_SPLIT, DATASET_MEMBER
 */
export function readManifest(csv: string, files: FileSet, options: ManifestOptions = {}, name?: string): Dataset<AudioExample> {
  const rows = parseCsv(csv, name);
  const skipped: Skipped[] = [];
  const examples: AudioExample[] = [];
  rows.forEach((row, index) => {
    try {
      examples.push(readRow(row, index, files, options, name));
    } catch (thrown) {
      skipOrThrow(thrown, row['file'] ?? `row ${index + 1}`, skipped, options);
    }
  });
  return datasetOf(examples, skipped);
}

function readRow(row: CsvRow, index: number, files: FileSet, options: ManifestOptions, name: string | undefined): AudioExample {
  const file = row['file'];
  if (file === undefined || file === '') throw new DatasetError('DATASET_COLUMN', `no file in data row ${index + 1}`, { file: name });
  if (!files.has(file)) throw new DatasetError('DATASET_MEMBER', `"${file}" in data row ${index + 1}`, { file: name });
  const folder = file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : '';
  const label = row['label'] ?? folder;
  if (label === '') throw new DatasetError('DATASET_COLUMN', `no label for "${file}" in data row ${index + 1}`, { file: name });
  const speaker = row['speaker'] || parseSpeaker(file)?.speaker;
  const splitName = row[options.splitColumn ?? 'official_split'] ?? (options.splitColumn === undefined ? row['split'] : undefined);
  const split = splitName
    ? parseSplit(splitName, name)
    : speaker !== undefined && parseSpeaker(file) !== undefined
      ? officialSplit(speaker)
      : (options.defaultSplit ?? 'test');
  return {
    kind: 'audio',
    id: file,
    label: canonicalLabel(label),
    ...(row['word'] ? { word: canonicalLabel(row['word']) } : {}),
    ...(speaker === undefined ? {} : { speaker }),
    split,
    columns: Object.fromEntries(Object.entries(row).filter(([column]) => !OWN_COLUMNS.has(column))),
    load: async () => decodeAudio(await files.read(file), file, options.decode),
  };
}
