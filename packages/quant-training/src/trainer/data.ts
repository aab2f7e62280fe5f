/** What a trainer is fed: batches of clips with labels, by epoch. */
import { inputOf, outputOf, type Graph } from '@bitvox/graph';
import { TrainingError } from '../errors.ts';

/** Clips with their labels. The trainer copies what it needs before it asks for the next batch, so buffers may be used again. */
export interface Batch {
  /** Real values `[channel][clip][frame]`. */
  readonly inputs: Float32Array;
  /** Class of each clip, 0 to classes - 1. */
  readonly labels: Uint8Array | Int32Array;
}

/** A sequence of batches. An asynchronous one is asked for its next batch before a step begins, so that both run at once. */
export type Batches = Iterable<Batch> | AsyncIterable<Batch>;

/** Data to train on. */
export interface TrainingData {
  /** Batches that every epoch has, at least 1. */
  readonly batchesPerEpoch: number;
  /** The batches of an epoch (counted from 0), each of the recipe's size. Equal for equal `epoch`, or a resumed training differs from an uninterrupted one. */
  epoch(epoch: number): Batches;
}

/** Data to measure on: any number of batches of any size. */
export interface EvaluationData {
  batches(): Batches;
}

/** Throws `TRAIN_DATA` unless the batch fits the network (and has `clips` clips, if given). */
export function checkBatch(graph: Graph, { inputs, labels }: Batch, clips = labels.length): void {
  const { channels, frames } = inputOf(graph).shape;
  if (labels.length !== clips || labels.length === 0)
    throw new TrainingError('TRAIN_DATA', `got a batch of ${labels.length} labels, wanted ${clips || 'at least 1'}`);
  if (inputs.length !== channels * clips * frames) {
    throw new TrainingError(
      'TRAIN_DATA',
      `got ${inputs.length} numbers for ${clips} clips, wanted ${channels} x ${clips} x ${frames} as [channel][clip][frame]`,
    );
  }
  const classes = outputOf(graph).shape.channels;
  const stray = labels.find((label) => label < 0 || label >= classes);
  if (stray !== undefined) throw new TrainingError('TRAIN_DATA', `got the label ${stray}, wanted 0 to ${classes - 1}`);
}

/** An iterator over either kind of sequence. */
export function iterate(batches: Batches): Iterator<Batch> | AsyncIterator<Batch> {
  return Symbol.asyncIterator in batches ? batches[Symbol.asyncIterator]() : batches[Symbol.iterator]();
}
