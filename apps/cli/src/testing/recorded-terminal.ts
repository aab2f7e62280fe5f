/** A terminal that records what a command writes, for tests. */
import type { ExitCode } from '../errors.ts';
import { runProgram } from '../program.ts';
import type { Terminal } from '../terminal.ts';

/** What a command line did. */
export interface Recorded {
  readonly exitCode: ExitCode;
  readonly out: string;
  readonly err: string;
}

/** Changes to the terminal: standard input, where messages go, width, an interrupt. */
export type TerminalChanges = Partial<Pick<Terminal, 'input' | 'err' | 'columns' | 'signal' | 'outColor' | 'errColor' | 'interactive'>>;

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Runs a command line in this process. */
export async function runRecorded(parameters: readonly string[], changes: TerminalChanges = {}): Promise<Recorded> {
  let [out, err] = ['', ''];
  const terminal: Terminal = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    input: nothing(),
    columns: 100,
    outColor: false,
    errColor: false,
    interactive: false,
    signal: new AbortController().signal,
    ...changes,
  };
  const exitCode = await runProgram(parameters, terminal);
  return { exitCode, out, err };
}
