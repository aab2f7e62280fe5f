/** Which examples are trained on and which validate: the split of the data where it has one, else speakers drawn from the seed. */
import { holdOutSpeakers } from '@bitvox/datasets';
import { type Corpus, countOf, onlyExamples } from './corpora.ts';

/** Corpora to train on and to validate with. */
export interface TrainingParts {
  readonly training: readonly Corpus[];
  readonly validation: readonly Corpus[];
}

const ofSplit = (corpora: readonly Corpus[], split: string): readonly Corpus[] =>
  corpora.map((corpus) => onlyExamples(corpus, (example) => example.split === split));

/**
 * Divides corpora. Examples of the test split are never used.
 * @param share of speakers (of recordings, where speakers are not known) to hold out when no example is meant for validation
 */
export function trainingParts(corpora: readonly Corpus[], share: number, seed: number): TrainingParts {
  const training = ofSplit(corpora, 'train');
  const validation = ofSplit(corpora, 'validation');
  if (countOf(validation) > 0 || share === 0) return { training, validation };
  const held = holdOutSpeakers(
    training.flatMap(({ dataset }) => [...dataset.examples]),
    share,
    seed,
  );
  return {
    training: training.map((corpus) => onlyExamples(corpus, ({ id }) => !held.has(id))),
    validation: training.map((corpus) => onlyExamples(corpus, ({ id }) => held.has(id))),
  };
}
