/**
 * The order of an epoch: a permutation, a class-balanced draw, or the order of the set.
 * Invariant: a pure function of the labels and the stream.
 */
import type { Random } from '@bitvox/ternary-prng';
import { DatasetError } from '../errors.ts';

/** `'shuffled'`: every example once. `'balanced'`: every label equally often. `'sequential'`: every example once, in order. */
export type Order = 'shuffled' | 'balanced' | 'sequential';

/**
 * Indices of the examples of one epoch.
 *
 * Balanced order takes the examples of each label round after round, each round shuffled anew, so that rare labels repeat before common
 * ones are through, then shuffles the whole.
 *
 * @param labels label index of each example
 * @param length number of indices (default: one for each example)
 * @throws DatasetError DATASET_EMPTY
 */
export function epochOrder(labels: ArrayLike<number>, order: Order, random: Random, length: number = labels.length): Uint32Array {
  if (labels.length === 0) throw new DatasetError('DATASET_EMPTY', 'no examples');
  if (order === 'balanced') return balancedOrder(labels, random, length);
  const indices = new Uint32Array(length);
  const round = Uint32Array.from({ length: labels.length }, (_, index) => index);
  for (let start = 0; start < length; start += labels.length) {
    if (order === 'shuffled') random.shuffle(round);
    indices.set(round.subarray(0, Math.min(labels.length, length - start)), start);
  }
  return indices;
}

function balancedOrder(labels: ArrayLike<number>, random: Random, length: number): Uint32Array {
  const members = new Map<number, number[]>();
  for (let index = 0; index < labels.length; index++) {
    const list = members.get(labels[index]);
    if (list === undefined) members.set(labels[index], [index]);
    else list.push(index);
  }
  // Which labels get one more when the length is no multiple of their number is drawn too.
  const groups = random.shuffle([...members.entries()].toSorted(([first], [second]) => first - second).map(([, indices]) => indices));
  const indices = new Uint32Array(length);
  for (let position = 0; position < length; position++) {
    const group = groups[position % groups.length];
    const turn = Math.floor(position / groups.length) % group.length;
    if (turn === 0) random.shuffle(group);
    indices[position] = group[turn];
  }
  return random.shuffle(indices);
}
