/** The twelve labels of the Speech Commands task in their canonical order, and the names that stand for the last two in the wild. */
import { DatasetError } from '../errors.ts';

/** Ten keywords, any other word, no word. */
export const TWELVE_LABELS = ['yes', 'no', 'up', 'down', 'left', 'right', 'on', 'off', 'stop', 'go', 'unknown', 'silence'] as const;

const ALIASES: Readonly<Record<string, string>> = { _unknown_: 'unknown', _silence_: 'silence', _background_: 'silence', _background_noise_: 'silence' };

/** The canonical name of a label: `_unknown_` becomes `unknown`; `_silence_`, `_background_` and `_background_noise_` become `silence`. */
export function canonicalLabel(name: string): string {
  return Object.hasOwn(ALIASES, name) ? ALIASES[name] : name;
}

/** Labels in canonical order: those of the twelve first, in their order, then the others by name. Without repeats. */
export function orderLabels(labels: Iterable<string>): string[] {
  const present = new Set(labels);
  const known = TWELVE_LABELS.filter((label) => present.delete(label));
  return [...known, ...[...present].toSorted()];
}

/** What becomes of a word that is not among the labels of a task. */
export type OtherWords = 'unknown' | 'drop' | 'fail';

/**
 * The index of a word among the labels of a task, or undefined where it is to be dropped.
 * @throws DatasetError DATASET_LABEL where it is neither a label nor may be mapped
 */
export function labelIndex(label: string, labels: readonly string[], others: OtherWords = 'fail'): number | undefined {
  const own = labels.indexOf(label);
  if (own >= 0) return own;
  if (others === 'drop') return undefined;
  const unknown = others === 'unknown' ? labels.indexOf('unknown') : -1;
  if (unknown < 0) throw new DatasetError('DATASET_LABEL', `"${label}", wanted one of ${labels.join(', ')}`);
  return unknown;
}
