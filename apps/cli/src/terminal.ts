/**
 * The world as commands see it: where results and messages go, what standard input holds, how wide and colourful the terminal is, and
 * whether the user interrupted. Commands never touch `process`, so that tests run them in this process.
 */
import { EXIT } from './errors.ts';

/** Where a command reads and writes. */
export interface Terminal {
  /** Results. */
  readonly out: (text: string) => void;
  /** Everything else: progress, notes, errors. */
  readonly err: (text: string) => void;
  /** Standard input. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Width to lay results out in, in characters. */
  readonly columns: number;
  /** Whether results may have colours. */
  readonly outColor: boolean;
  /** Whether messages may have colours. */
  readonly errColor: boolean;
  /** Whether messages go to a terminal that can be redrawn. */
  readonly interactive: boolean;
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
}

const WIDEST = 120;
const PIPED_WIDTH = 100;

/** The terminal of this process. A second interrupt ends the process at once. */
export function processTerminal(): Terminal {
  const { stdout, stderr, stdin, env } = process;
  const controller = new AbortController();
  process.on('SIGINT', () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
    // Ends a command that waits for more audio.
    stdin.destroy();
  });
  // `bitvox ... | head` closes our standard output; that is no error.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.ok);
    throw error;
  });
  const plain = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  const forced = (env['FORCE_COLOR'] ?? '0') !== '0';
  const quiet = plain || (env['CI'] ?? '') !== '';
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    input: stdin,
    columns: Math.min(WIDEST, stdout.columns ?? stderr.columns ?? PIPED_WIDTH),
    outColor: !plain && (forced || stdout.isTTY === true),
    errColor: !plain && (forced || stderr.isTTY === true),
    interactive: stderr.isTTY === true && !quiet,
    signal: controller.signal,
  };
}
