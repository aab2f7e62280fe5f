/** The program: finds the verb, parses its command line, runs it, and turns every error into a code, a hint and an exit code. */
import { VERBS } from './commands/index.ts';
import { CliError, EXIT, type ExitCode } from './errors.ts';
import type { Terminal } from './terminal.ts';
import { styleFor } from './ui/style.ts';
import { programHelp, verbHelp } from './usage.ts';
import { parseCommandLine, suggestion } from './verb.ts';
import { version } from './version.ts';

/** System errors (no such file, no permission) as an error of our own. */
function coded(error: unknown): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  return new CliError('CLI_FILE', `${error.message}.`, { cause: error });
}

/** The message of any error, its code set off; an error without a code is a fault of ours and says so. */
function explain(error: unknown, terminal: Terminal, debug: boolean): string {
  const style = styleFor(terminal.errColor);
  if (!(error instanceof Error)) return `${style('red', 'error')} ${String(error)}\n`;
  const code = 'code' in error && typeof error.code === 'string' && error.message.startsWith(error.code) ? error.code : undefined;
  const line = code === undefined ? `${style('red', 'error')} ${error.message}` : style(['red', 'bold'], code) + error.message.slice(code.length);
  const hint = code === undefined ? '\nThis error has no code, so it is a fault of bitvox. Run again with --debug and report what it prints.' : '';
  return debug ? `${line}\n${error.stack ?? ''}\n` : `${line}${hint}\n`;
}

async function dispatch(parameters: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [name, ...rest] = parameters;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const help = programHelp(VERBS, terminal);
    if (name === undefined) terminal.err(help);
    else terminal.out(help);
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  if (name === '--version' || name === '-v') {
    terminal.out(`${await version()}\n`);
    return EXIT.ok;
  }
  const lazyVerb = VERBS.find((verb) => verb.name === name);
  if (lazyVerb === undefined)
    throw new CliError(
      'CLI_COMMAND',
      `"${name}" is not a command.${suggestion(
        name,
        VERBS.map((verb) => verb.name),
      )}`,
    );
  const verb = await lazyVerb.load();
  const { options, values } = parseCommandLine(verb, rest);
  if (options['help'] === true) {
    terminal.out(verbHelp(verb, terminal));
    return EXIT.ok;
  }
  return verb.run({ options, values, terminal });
}

/** Runs a command line; resolves to the exit code and never rejects. */
export async function runProgram(parameters: readonly string[], terminal: Terminal): Promise<ExitCode> {
  try {
    return await dispatch(parameters, terminal);
  } catch (thrown) {
    const error = coded(thrown);
    if (terminal.signal.aborted) {
      terminal.err('interrupted\n');
      return EXIT.interrupted;
    }
    terminal.err(explain(error, terminal, parameters.includes('--debug')));
    return error instanceof CliError ? error.exitCode : EXIT.failed;
  }
}
