/**
 * Train, validation and test: names as they are found, and the official rule of Speech Commands (P. Warden, arXiv:1804.03209),
 * which depends on the speaker alone: p = (SHA-1(speaker) mod 2^27) * 100 / (2^27 - 1); validation if p < 10, test if p < 20, else train.
 */
import { DatasetError } from '../errors.ts';
import { sha1 } from './sha1.ts';

/** Part of a dataset. */
export type Split = 'train' | 'validation' | 'test';

const NAMES: Readonly<Record<string, Split>> = {
  train: 'train',
  training: 'train',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  dev: 'validation',
  test: 'test',
  testing: 'test',
};

/** A split by any of its usual names (`val`, `testing`, …). @throws DatasetError DATASET_SPLIT */
export function parseSplit(name: string, file?: string): Split {
  const split = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
  if (split === undefined) throw new DatasetError('DATASET_SPLIT', `"${name}"`, { file });
  return split;
}

/**
 * The official split of a speaker of Speech Commands.
 * @param speaker the part of a file name before `_nohash_`
 */
export function officialSplit(speaker: string): Split {
  // 2^27 divides 2^32: the last word of the digest is all that counts.
  const remainder = sha1(new TextEncoder().encode(speaker))[4] & 0x7ffffff;
  const percent = (remainder * 100) / 0x7ffffff;
  return percent < 10 ? 'validation' : percent < 20 ? 'test' : 'train';
}

/** Speaker and take out of a Speech Commands file name such as `0a7c2a8d_nohash_0.wav`; undefined for other names. */
export function parseSpeaker(fileName: string): { speaker: string; take: number } | undefined {
  const match = /(?:^|[/\\_])([^/\\_]+)_nohash_(\d+)(?:\.\w+)?$/.exec(fileName);
  return match === null ? undefined : { speaker: match[1], take: Number(match[2]) };
}
