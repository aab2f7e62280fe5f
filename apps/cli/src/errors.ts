/** Coded errors of the command line, and the exit code each leads to. A code is permanent; the docs page of errors is generated from this catalogue. */

/** What the process ends with. */
export const EXIT = { ok: 0, failed: 1, usage: 2, missingTool: 3, interrupted: 130 } as const;

/** One of the exit codes. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What each code means and what to do about it. */
export const CLI_ERRORS = {
  CLI_COMMAND: { summary: 'The command does not exist.', hint: 'Run `bitvox --help` for the list of commands.' },
  CLI_OPTION: { summary: 'An option does not exist, lacks its value, or has a value out of range.', hint: 'Run the command with --help for its options.' },
  CLI_ARGUMENT: { summary: 'A required argument is missing, or there is one too many.', hint: 'Run the command with --help for its arguments.' },
  CLI_MODEL: { summary: 'The zoo has no model of that name.', hint: 'Use one of the names, or pass a file.' },
  CLI_FILE: { summary: 'A file could not be read or written.', hint: 'Check the path and its permissions.' },
  CLI_DATA: {
    summary: 'A path holds none of the kinds of data that bitvox reads.',
    hint: 'Pass a folder of words, a manifest CSV with its tar beside it, a spectrogram container, or `mini` for the embedded corpus.',
  },
  CLI_LABELS: { summary: 'A label of the task does not occur in the data.', hint: 'Check the spelling of --labels, or add recordings of it.' },
  CLI_EMPTY: { summary: 'The data has no clips for what was asked.', hint: 'Choose another --split, or add recordings.' },
  CLI_RESUME: { summary: 'A run cannot be resumed with these settings.', hint: 'Repeat the settings of the run, or start anew without --resume.' },
  CLI_FRONT_END: { summary: 'The front end of the model does not fit the input.', hint: 'Evaluate spectrograms only with models that were trained on them.' },
} as const;

/** A permanent error code of the command line. */
export type CliErrorCode = keyof typeof CLI_ERRORS;

const USAGE: ReadonlySet<CliErrorCode> = new Set(['CLI_COMMAND', 'CLI_OPTION', 'CLI_ARGUMENT', 'CLI_MODEL']);

/** An error with a code, what was got, what was wanted, and what to do. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, detail: string, options?: ErrorOptions) {
    super(`${code}: ${detail} ${CLI_ERRORS[code].hint}`, options);
    this.code = code;
  }

  /** What the process ends with. */
  get exitCode(): ExitCode {
    return USAGE.has(this.code) ? EXIT.usage : EXIT.failed;
  }
}
