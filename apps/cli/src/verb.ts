/**
 * A verb of the command line as data: from one definition come parsing, `--help` and the reference page of the docs site.
 * Invariant: options that are not in the definition are refused, never ignored.
 */
import { type ArgsDef, type ParsedArgs, parseArgs } from 'citty';
import { CliError, type ExitCode } from './errors.ts';
import type { Terminal } from './terminal.ts';

/** A positional argument. */
export interface Argument {
  /** As in the usage line, in capitals. */
  readonly name: string;
  readonly description: string;
  readonly optional?: boolean;
  /** The last argument may take all that follow. */
  readonly repeated?: boolean;
}

/** Options that every verb has. */
export const COMMON_OPTIONS = {
  json: { type: 'boolean', description: 'Print one JSON object (or JSON lines for streams) instead of text' },
  debug: { type: 'boolean', description: 'Show where an error comes from' },
  help: { type: 'boolean', description: 'Show this help', alias: 'h' },
} as const satisfies ArgsDef;

/** What a verb is run with. */
export interface VerbContext<Options extends ArgsDef> {
  readonly options: ParsedArgs<Options & typeof COMMON_OPTIONS>;
  /** The positional arguments, as many as the definition allows. */
  readonly values: readonly string[];
  readonly terminal: Terminal;
}

/** A definition. */
export interface Verb<Options extends ArgsDef = ArgsDef> {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** Paragraphs for the help and the reference page. */
  readonly details?: readonly string[];
  readonly arguments: readonly Argument[];
  readonly options: Options;
  /** Command lines without the leading `bitvox`, with what they do. */
  readonly examples: readonly (readonly [command: string, purpose: string])[];
  readonly run: (context: VerbContext<Options>) => Promise<ExitCode>;
}

/** Lets the type of the options be inferred. */
export function defineVerb<const Options extends ArgsDef>(verb: Verb<Options>): Verb<Options> {
  return verb;
}

/** All options of a verb with their names. */
export function optionsOf(verb: Verb): ArgsDef {
  return { ...verb.options, ...COMMON_OPTIONS };
}

const aliasesOf = (alias: string | readonly string[] | undefined): readonly string[] => (alias === undefined ? [] : [alias].flat());

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}

/** ` Did you mean ...?` for the nearest candidate, or nothing. */
export function suggestion(wrong: string, candidates: readonly string[], prefix = ''): string {
  const [nearest] = candidates.map((name) => ({ name, distance: editDistance(wrong, name) })).toSorted((a, b) => a.distance - b.distance);
  return nearest !== undefined && nearest.distance <= Math.max(2, wrong.length / 3) ? ` Did you mean ${prefix}${nearest.name}?` : '';
}

/** Separates options with their values from positional arguments; refuses what the definition does not have. */
function split(verb: Verb, raw: readonly string[]): readonly string[] {
  const options = optionsOf(verb);
  const byName = new Map(
    Object.entries(options).flatMap(([name, option]) => [name, ...('alias' in option ? aliasesOf(option.alias) : [])].map((key) => [key, option] as const)),
  );
  const values: string[] = [];
  for (let index = 0; index < raw.length; index++) {
    const text = raw[index]!;
    if (text === '--') return [...values, ...raw.slice(index + 1)];
    if (!text.startsWith('-') || text === '-') {
      values.push(text);
      continue;
    }
    const [flag = '', inline] = text.replace(/^-{1,2}/, '').split(/=(.*)/s, 2);
    const positive = flag.startsWith('no-') && !byName.has(flag) ? flag.slice(3) : flag;
    const option = byName.get(positive);
    if (option === undefined || (positive !== flag && option.type !== 'boolean')) {
      throw new CliError('CLI_OPTION', `"${text}" is not an option of \`bitvox ${verb.name}\`.${suggestion(positive, [...byName.keys()], '--')}`);
    }
    if (option.type === 'boolean' || inline !== undefined) continue;
    index += 1;
    if (raw[index] === undefined || (raw[index]!.startsWith('--') && raw[index]!.length > 2)) throw new CliError('CLI_OPTION', `--${flag} needs a value.`);
  }
  return values;
}

/**
 * Parses a command line for a verb.
 * @throws CliError `CLI_OPTION` or `CLI_ARGUMENT`.
 */
export function parseCommandLine<Options extends ArgsDef>(verb: Verb<Options>, raw: readonly string[]): Pick<VerbContext<Options>, 'options' | 'values'> {
  const values = split(verb as unknown as Verb, raw);
  const end = raw.indexOf('--');
  let options: ParsedArgs<Options & typeof COMMON_OPTIONS>;
  try {
    options = parseArgs(end < 0 ? [...raw] : raw.slice(0, end), optionsOf(verb as unknown as Verb));
  } catch (error) {
    throw new CliError('CLI_OPTION', `${error instanceof Error ? error.message : String(error)}.`, { cause: error });
  }
  const required = verb.arguments.filter((argument) => argument.optional !== true);
  if (options['help'] === true) return { options, values };
  if (values.length < required.length) throw new CliError('CLI_ARGUMENT', `\`bitvox ${verb.name}\` needs ${required[values.length]!.name}.`);
  if (values.length > verb.arguments.length && verb.arguments.at(-1)?.repeated !== true)
    throw new CliError('CLI_ARGUMENT', `"${values[verb.arguments.length]}" is one argument too many.`);
  return { options, values };
}
