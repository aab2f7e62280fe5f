/**
 * What the DATA arguments of a command name: any number of folders of words, manifests with their tar, and spectrogram containers, or `mini`.
 * Invariant: whatever is opened here has canonical labels and a split for every example; nothing has been decoded.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Dataset, type Example, orderLabels, type SpectrogramContainer, type Split } from '@bitvox/datasets';
import { openDataset, type OpenedDataset, openMiniCorpus } from '@bitvox/datasets/node';
import { CliError } from '../errors.ts';

/** Word that stands for the corpus of the repository. */
export const MINI = 'mini';
/** Where that corpus lies; this file is `apps/cli/{src,dist}/data/corpora`. */
export const MINI_FOLDER = fileURLToPath(new URL('../../../../data/mini-corpus', import.meta.url));

/** Opened data with the name it was asked for by. */
export interface Corpus {
  readonly name: string;
  readonly dataset: OpenedDataset;
}

/** Whether a dataset is a spectrogram container. */
export function isContainer(dataset: OpenedDataset): dataset is SpectrogramContainer {
  return 'ranges' in dataset;
}

/** How data is opened. */
export interface OpenOptions {
  readonly onBadFile: 'skip' | 'fail';
  /** Split of recordings whose names do not say; see `readManifest`. */
  readonly defaultSplit: Split;
}

/** The folder of the embedded corpus. @throws CliError `CLI_DATA` where bitvox was installed without it */
export function miniFolder(): string {
  if (!existsSync(MINI_FOLDER)) throw new CliError('CLI_DATA', `the embedded corpus is not at ${MINI_FOLDER}; it comes with a clone of the repository.`);
  return MINI_FOLDER;
}

async function openMini(): Promise<readonly Corpus[]> {
  const { train, evaluation } = await openMiniCorpus(miniFolder());
  return [
    { name: `${MINI} (train)`, dataset: train },
    { name: `${MINI} (test)`, dataset: evaluation },
  ];
}

/**
 * Opens all DATA arguments.
 * @throws DatasetError that names what is wrong with a path
 */
export async function openCorpora(names: readonly string[], options: OpenOptions): Promise<readonly Corpus[]> {
  const opened: Corpus[] = [];
  for (const name of names) {
    if (name === MINI && !existsSync(name)) opened.push(...(await openMini()));
    else opened.push({ name, dataset: await openDataset(name, options) });
  }
  return opened;
}

/** Labels of all corpora together, in canonical order. */
export function labelsOf(corpora: readonly Corpus[]): readonly string[] {
  return orderLabels(corpora.flatMap(({ dataset }) => dataset.labels));
}

/** The corpus with only the examples for which `keep` holds. A container stays one. */
export function onlyExamples(corpus: Corpus, keep: (example: Example) => boolean): Corpus {
  const { dataset } = corpus;
  const chosen = isContainer(dataset) ? { ...dataset, examples: dataset.examples.filter(keep) } : { ...dataset, examples: dataset.examples.filter(keep) };
  return { ...corpus, dataset: chosen };
}

/** Number of examples. */
export function countOf(corpora: readonly Corpus[]): number {
  return corpora.reduce((sum, { dataset }) => sum + dataset.examples.length, 0);
}

/** What was left out so far, with the reason. */
export function skippedOf(corpora: readonly Corpus[]): Dataset['skipped'] {
  return corpora.flatMap(({ dataset }) => dataset.skipped);
}
