/** Coded errors of this package: what was got, what was wanted, what to do. The catalogue is data, so that a page can be generated from it. */

/** Every code this package can throw, with what it means and what to do about it. */
export const DATASET_ERRORS = {
  DATASET_FORMAT: {
    summary: 'The file is of no known audio format.',
    hint: 'Give WAV (RIFF) or FLAC; convert other formats first.',
  },
  DATASET_WAV: {
    summary: 'The WAV file cannot be decoded.',
    hint: 'The file is damaged, cut off or of an unusual encoding: write it again as PCM, A-law, µ-law or IEEE float.',
  },
  DATASET_FLAC: {
    summary: 'The FLAC file cannot be decoded.',
    hint: 'The file is damaged or cut off: test it with `flac -t` and make it again from its source.',
  },
  DATASET_TOO_LONG: {
    summary: 'The recording is longer than the limit.',
    hint: 'Cut the recording, or raise `maxSeconds`.',
  },
  DATASET_RESAMPLE: {
    summary: 'The sample rates cannot be converted.',
    hint: 'Give whole sample rates of at least 1 Hz whose ratio is at most 256.',
  },
  DATASET_TAR: {
    summary: 'The tar archive cannot be read.',
    hint: 'The archive is damaged, cut off or compressed: unpack it with gzip first, or make it again with tar.',
  },
  DATASET_MEMBER: {
    summary: 'A file named by the manifest is missing.',
    hint: 'Check the `file` column against the archive or folder, or load with `onBadFile: "skip"`.',
  },
  DATASET_READ: {
    summary: 'Bytes were asked for that a file does not have.',
    hint: 'The file became shorter after it was opened: copy it again, and leave it alone while it is read.',
  },
  DATASET_CSV: {
    summary: 'The CSV file cannot be read.',
    hint: 'Give UTF-8 text with commas, a header row and quotes as in RFC 4180.',
  },
  DATASET_COLUMN: {
    summary: 'A row of the manifest lacks a value or has one that is not allowed.',
    hint: 'Columns: file, label, and optionally word, speaker, official_split (train, val, validation or test).',
  },
  DATASET_LABEL: {
    summary: 'A label is not among the labels of the task.',
    hint: 'Name the labels of the task, or map other words with `others: "unknown"` or `others: "drop"`.',
  },
  DATASET_SPLIT: {
    summary: 'The split is unknown.',
    hint: 'Use train, validation (or val) or test.',
  },
  DATASET_SPECTROGRAM: {
    summary: 'A picture of the spectrogram container cannot be decoded.',
    hint: 'Copy the container again: header.bin, data.bin and index.csv belong together.',
  },
  DATASET_EMPTY: {
    summary: 'There is nothing to take from.',
    hint: 'Check the path, the split and the labels.',
  },
  DATASET_OPTION: {
    summary: 'An option has a value that is not allowed.',
    hint: 'See the documentation of the option for its range.',
  },
  DATASET_PATH: {
    summary: 'The path holds no dataset.',
    hint: 'Give a folder of word folders, a manifest CSV with its tar beside it, or a folder with header.bin, data.bin and index.csv.',
  },
} as const;

/** One of the codes of {@link DATASET_ERRORS}. */
export type DatasetErrorCode = keyof typeof DATASET_ERRORS;

/** Error with a permanent code; the message names the value that was got and, where there is one, the file. */
export class DatasetError extends Error {
  override readonly name = 'DatasetError';
  readonly code: DatasetErrorCode;
  /** Name of the file or archive member, where one is to blame. */
  readonly file: string | undefined;

  constructor(code: DatasetErrorCode, got: string, options: { file?: string | undefined; cause?: unknown } = {}) {
    const entry = DATASET_ERRORS[code];
    const place = options.file === undefined ? '' : ` in "${options.file}"`;
    super(`${code}${place}: ${entry.summary} Got ${got}. ${entry.hint}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.file = options.file;
  }
}

/** The text of whatever was thrown, for the message of an error that wraps it. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
