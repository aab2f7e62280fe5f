/**
 * Detection errors (DET): words that are missed against other sounds that are taken for a word, as the threshold on the score moves.
 *
 * The candidate of a clip is the word with the largest score, whatever `unknown` and `silence` get. A clip of a word is missed unless the candidate is
 * that word at or above the threshold; a clip of anything else is a false alarm if its candidate is at or above it.
 */

/** Shares of false alarms at which misses are stated. */
const FALSE_ALARMS = [0.005, 0.01, 0.02, 0.05, 0.1] as const;

/** One point of the curve. */
export interface Detection {
  /** Share of clips without a word that are taken for one, at most; 0 to 1. */
  readonly falseAlarms: number;
  /** Share of words that are missed then, at the lowest threshold that allows no more false alarms; 0 to 1. */
  readonly misses: number;
}

const NOT_WORDS = new Set(['unknown', 'silence']);

/**
 * Points of the curve for the scores of some clips. Empty where there are no words, or nothing else.
 * @param scores of every clip, in the order of labels
 * @param truth index of the label of every clip
 */
export function detectionErrors(scores: readonly ArrayLike<number>[], truth: ArrayLike<number>, labels: readonly string[]): readonly Detection[] {
  const words = [...labels.keys()].filter((label) => !NOT_WORDS.has(labels[label]!));
  const isWord = new Set(words);
  const alarms: number[] = [];
  /** Score of a word that was recognised; what was taken for another word is missed at every threshold. */
  const hits: number[] = [];
  let spoken = 0;
  for (const [clip, values] of scores.entries()) {
    const best = words.reduce((found, word) => (values[word]! > values[found]! ? word : found), words[0]!);
    if (isWord.has(truth[clip]!)) {
      spoken++;
      if (best === truth[clip]) hits.push(values[best]!);
    } else alarms.push(values[best] ?? 0);
  }
  if (spoken === 0 || alarms.length === 0) return [];
  const loudest = alarms.toSorted((a, b) => b - a);
  return FALSE_ALARMS.map((falseAlarms) => {
    const allowed = Math.floor(falseAlarms * alarms.length);
    // Just above the first score that would be one false alarm too many.
    const limit = loudest[allowed] ?? -Infinity;
    return { falseAlarms, misses: 1 - hits.filter((score) => score > limit).length / spoken };
  });
}
