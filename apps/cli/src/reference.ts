/** The reference page of the command line in Markdown, from the same definitions as `--help`. */
import { VERBS } from './commands/index.ts';
import { CLI_ERRORS } from './errors.ts';
import { settingsSection } from './training/settings-page.ts';
import { optionBody, optionHead, usageLine } from './usage.ts';
import { COMMON_OPTIONS, type Verb } from './verb.ts';

export { CLI_ERRORS };

const cell = (text: string): string => text.replaceAll('|', String.raw`\|`).replaceAll('<', '&lt;');

function section(verb: Verb): string {
  const parts = [`## ${verb.name}`, `${verb.summary}.`, `\`\`\`sh\n${usageLine(verb)}\n\`\`\``, ...(verb.details ?? [])];
  if (verb.arguments.length > 0)
    parts.push(['| argument | |', '| --- | --- |', ...verb.arguments.map(({ name, description }) => `| \`${name}\` | ${cell(description)} |`)].join('\n'));
  const options = Object.entries(verb.options);
  if (options.length > 0)
    parts.push(
      ['| option | |', '| --- | --- |', ...options.map(([name, option]) => `| \`${optionHead(name, option)}\` | ${cell(optionBody(option))} |`)].join('\n'),
    );
  if (verb.examples.length > 0) parts.push(`\`\`\`sh\n${verb.examples.map(([command, purpose]) => `bitvox ${command}  # ${purpose}`).join('\n')}\n\`\`\``);
  return parts.join('\n\n');
}

/** The page. */
export async function cliReference(): Promise<string> {
  const verbs = await Promise.all(VERBS.map(({ load }) => load()));
  const common = [
    '| option of every command | |',
    '| --- | --- |',
    ...Object.entries(COMMON_OPTIONS).map(([name, option]) => `| \`${optionHead(name, option)}\` | ${cell(optionBody(option))} |`),
  ].join('\n');
  const codes = [
    '| exit code | |',
    '| --- | --- |',
    '| 0 | done |',
    '| 1 | a check failed |',
    '| 2 | wrong usage |',
    '| 3 | a tool is missing |',
    '| 130 | interrupted |',
  ].join('\n');
  const opening =
    'Results go to standard output, progress and messages to standard error. Redrawn progress appears only in a terminal, and not with `CI` or `NO_COLOR` set.';
  return `${['# Command line', opening, common, codes, ...verbs.map(section), settingsSection()].join('\n\n')}\n`;
}
