/** Help for the terminal, from the definitions of the verbs. */
import type { ArgsDef } from 'citty';
import type { Terminal } from './terminal.ts';
import { padEnd, styleFor, widthOf, wrap } from './ui/style.ts';
import { optionsOf, type Verb } from './verb.ts';

/** `-s, --seed NUMBER`. */
export function optionHead(name: string, option: ArgsDef[string]): string {
  const alias =
    'alias' in option && option.alias !== undefined
      ? [option.alias]
          .flat()
          .map((text) => `-${text}, `)
          .join('')
      : '';
  const value = option.type === 'boolean' ? '' : ` ${option.valueHint ?? (option.type === 'enum' ? (option.options ?? []).join('|') : 'VALUE')}`;
  return `${alias}--${name}${value}`;
}

/** Description with the default, where there is one. */
export function optionBody(option: ArgsDef[string]): string {
  const { description = '', default: preset } = option;
  return preset === undefined || preset === false ? description : `${description} (default ${String(preset)})`;
}

/** `bitvox eval MODEL DATA... [options]`. */
export function usageLine(verb: Verb): string {
  const names = verb.arguments.map(({ name, repeated, optional }) => {
    const shown = repeated === true ? `${name}...` : name;
    return optional === true ? `[${shown}]` : shown;
  });
  return ['bitvox', verb.name, ...names, '[options]'].join(' ');
}

function definitions(rows: readonly (readonly [head: string, body: string])[], columns: number, head: (text: string) => string): readonly string[] {
  const width = Math.min(32, Math.max(...rows.map(([text]) => widthOf(text))));
  return rows.flatMap(([text, body]) => {
    const lines = wrap(body, Math.max(30, columns - width - 6));
    const first =
      widthOf(text) > width
        ? [`  ${head(text)}`, ...lines.map((line) => `  ${' '.repeat(width)}  ${line}`)]
        : [`  ${padEnd(head(text), width)}  ${lines[0]!}`, ...lines.slice(1).map((line) => `  ${' '.repeat(width)}  ${line}`)];
    return first;
  });
}

/** Help of one verb. */
export function verbHelp(verb: Verb, terminal: Terminal): string {
  const style = styleFor(terminal.outColor);
  const title = (text: string): string => style('bold', text);
  const head = (text: string): string => style('cyan', text);
  const sections: string[] = [verb.summary, '', `${title('Usage')}  ${usageLine(verb)}`];
  for (const paragraph of verb.details ?? []) sections.push('', ...wrap(paragraph, terminal.columns));
  if (verb.arguments.length > 0)
    sections.push(
      '',
      title('Arguments'),
      ...definitions(
        verb.arguments.map(({ name, description }) => [name, description] as const),
        terminal.columns,
        head,
      ),
    );
  const options = Object.entries(optionsOf(verb)).map(([name, option]) => [optionHead(name, option), optionBody(option)] as const);
  sections.push('', title('Options'), ...definitions(options, terminal.columns, head));
  if (verb.examples.length > 0)
    sections.push('', title('Examples'), ...verb.examples.flatMap(([command, purpose]) => [`  ${style('dim', `# ${purpose}`)}`, `  bitvox ${command}`]));
  return `${sections.join('\n')}\n`;
}

/** Help of the program. */
export function programHelp(verbs: readonly { readonly name: string; readonly summary: string }[], terminal: Terminal): string {
  const style = styleFor(terminal.outColor);
  const rows = verbs.map(({ name, summary }) => [name, summary] as const);
  return `${[
    'bitvox: from recordings to a keyword spotter of a few kilobytes.',
    '',
    `${style('bold', 'Usage')}  bitvox COMMAND [arguments] [options]`,
    '',
    style('bold', 'Commands'),
    ...definitions(rows, terminal.columns, (text) => style('cyan', text)),
    '',
    'Results go to standard output, everything else to standard error. `bitvox COMMAND --help` explains a command.',
    'Exit codes: 0 done, 1 a check failed, 2 wrong usage, 3 a tool is missing, 130 interrupted.',
  ].join('\n')}\n`;
}
