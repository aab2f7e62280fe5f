/**
 * The mini corpus of the repository (`data/mini-corpus`): spectrograms to train on, recordings of speakers of the official test part
 * to evaluate and to stream, and a little background noise. CC BY 4.0, see its ATTRIBUTION.md.
 */
import { join } from 'node:path';
import type { AudioExample, Dataset } from '../corpus/dataset.ts';
import { forLabels } from '../corpus/dataset.ts';
import { TWELVE_LABELS } from '../corpus/labels.ts';
import type { NoiseSource } from '../augment/noise.ts';
import type { SpectrogramContainer } from '../spectrogram/container.ts';
import { openContainer, openManifest, openNoise } from './open.ts';

/** The parts of the mini corpus, each with the twelve labels. */
export interface MiniCorpus {
  /** Balanced part of the official training part. */
  readonly train: SpectrogramContainer;
  /** Recordings to evaluate on. */
  readonly evaluation: Dataset<AudioExample>;
  /** Recordings of other speakers than those of `evaluation`, to compose a stream of. */
  readonly stream: Dataset<AudioExample>;
  readonly noise: NoiseSource;
}

/**
 * Opens the mini corpus.
 * @param root its folder
 * @throws DatasetError where something is missing or damaged
 */
export async function openMiniCorpus(root: string): Promise<MiniCorpus> {
  const [train, audio, noise] = await Promise.all([
    openContainer(join(root, 'train')),
    openManifest(join(root, 'test', 'audio.csv')),
    openNoise(join(root, 'test', 'noise.tar')),
  ]);
  const use = (name: string): Dataset<AudioExample> => {
    const examples = audio.examples.filter((example) => example.columns?.['use'] === name);
    return forLabels({ ...audio, examples }, TWELVE_LABELS);
  };
  return { train: { ...train, labels: TWELVE_LABELS }, evaluation: use('evaluation'), stream: use('stream'), noise };
}
