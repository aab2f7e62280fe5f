/** The batches of one epoch, asked for one ahead of the step, with a count of the time that was spent waiting for them. */
import { TrainingError } from '../errors.ts';
import { type Batch, iterate, type TrainingData } from './data.ts';

type Result = IteratorResult<Batch, unknown>;

/** An epoch of data behind one batch of read-ahead. */
export class Feeder {
  readonly #iterator: Iterator<Batch> | AsyncIterator<Batch>;
  readonly #epoch: number;
  readonly #count: number;
  #toSkip: number;
  #taken: number;
  #ahead: Result | Promise<Result> | null = null;
  #waited = 0;

  /** @param skip batches at the start of the epoch that are done already */
  constructor(data: TrainingData, epoch: number, skip: number) {
    this.#iterator = iterate(data.epoch(epoch));
    this.#epoch = epoch;
    this.#count = data.batchesPerEpoch;
    this.#toSkip = skip;
    this.#taken = skip;
  }

  #next(): Result | Promise<Result> {
    const started = performance.now();
    const next = this.#iterator.next();
    this.#waited += performance.now() - started;
    return next;
  }

  /**
   * The next batch.
   * @throws TrainingError `TRAIN_DATA` if the epoch has fewer batches than it should.
   */
  async take(): Promise<Batch> {
    for (; this.#toSkip > 0; this.#toSkip--) await this.#next();
    const pending = this.#ahead ?? this.#next();
    this.#ahead = null;
    const started = performance.now();
    const result = await pending;
    this.#waited += performance.now() - started;
    if (result.done === true) throw new TrainingError('TRAIN_DATA', `epoch ${this.#epoch} ended after ${this.#taken} batches, wanted ${this.#count}`);
    this.#taken++;
    return result.value;
  }

  /** Asks for the next batch without waiting; a failure shows when it is taken. */
  prefetch(): void {
    if (this.#taken >= this.#count) return;
    this.#ahead = this.#next();
    if (this.#ahead instanceof Promise) this.#ahead.catch(() => undefined);
  }

  /** Milliseconds spent waiting since the last call. */
  waited(): number {
    const waited = this.#waited;
    this.#waited = 0;
    return waited;
  }

  /** Ends the sequence. */
  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}
