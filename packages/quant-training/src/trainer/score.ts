/** Scores of logits `[classes][clips]`: the class of a clip, right answers, mean cross-entropy. For reports; training uses its own loss. */

/** The class with the largest logit for every clip; the first one wins a tie. */
export function classify(logits: Float32Array, clips: number): Int32Array {
  const classes = logits.length / clips;
  return Int32Array.from({ length: clips }, (_, clip) => {
    let best = 0;
    for (let label = 1; label < classes; label++) if (logits[label * clips + clip]! > logits[best * clips + clip]!) best = label;
    return best;
  });
}

/** How many clips are classified right. */
export function countCorrect(logits: Float32Array, labels: Uint8Array | Int32Array): number {
  return classify(logits, labels.length).reduce((total, label, clip) => total + (label === labels[clip] ? 1 : 0), 0);
}

/** Sum over clips of `-log softmax(logits)[label]`. */
export function crossEntropySum(logits: Float32Array, labels: Uint8Array | Int32Array): number {
  const clips = labels.length;
  const classes = logits.length / clips;
  let total = 0;
  for (let clip = 0; clip < clips; clip++) {
    let largest = -Infinity;
    for (let label = 0; label < classes; label++) largest = Math.max(largest, logits[label * clips + clip]!);
    let sum = 0;
    for (let label = 0; label < classes; label++) sum += Math.exp(logits[label * clips + clip]! - largest);
    total += Math.log(sum) + largest - logits[labels[clip]! * clips + clip]!;
  }
  return total;
}
