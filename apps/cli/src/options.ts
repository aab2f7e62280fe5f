/** Reading the values of options. Everything that is out of range is a usage error that names the option, what was got and what was wanted. */
import { CliError } from './errors.ts';

/** Bounds of a number. */
export interface NumberRange {
  readonly from: number;
  readonly to: number;
}

/** A number in a range. */
export function numberOption(name: string, text: string, { from, to }: NumberRange): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < from || value > to)
    throw new CliError('CLI_OPTION', `--${name} must be a number from ${from} to ${to}, got "${text}".`);
  return value;
}

/** A whole number in a range. */
export function integerOption(name: string, text: string, range: NumberRange): number {
  const value = numberOption(name, text, range);
  if (!Number.isInteger(value)) throw new CliError('CLI_OPTION', `--${name} must be a whole number, got "${text}".`);
  return value;
}

/** One of a few words. */
export function choiceOption<const Choice extends string>(name: string, text: string, choices: readonly Choice[]): Choice {
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw new CliError('CLI_OPTION', `--${name} must be one of ${choices.join(', ')}; got "${text}".`);
  return found;
}
