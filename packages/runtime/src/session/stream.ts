/**
 * A stream: audio or frames in, scores out as soon as the network can know them.
 * Invariant: scores do not depend on how the audio was cut into pushes, and equal those of the whole signal at once.
 */
import { type IntegerFrontEnd, integerFrontEnd } from '@bitvox/features';
import { RuntimeError } from '../errors.ts';
import { softmax } from '../scores.ts';
import { Runner } from './runner.ts';
import type { Session } from './session.ts';

/** Options of a stream. */
export interface StreamOptions {
  /** Most frames that are computed together; more throughput and more memory. Default 32. */
  readonly block?: number;
}

/** Scores of one output frame. */
export interface StreamScores {
  /** Number of the output frame, from 0. */
  readonly frame: number;
  /** End of the newest audio that these scores depend on, in milliseconds from the start of the stream. */
  readonly time: number;
  /** 0 to 32767, by label; reused, copy it to keep it. */
  readonly values: Uint16Array;
  /** Q8.8, by label; reused. */
  readonly logits: Int16Array;
}

/** Receives scores in order. */
export type TakeScores = (scores: StreamScores) => void;

/** Frames that come from no audio are 10 ms apart. */
const DEFAULT_FRAME = { hop: 10, window: 10 };

/** Runs a network over a signal without end. */
export class Stream {
  readonly labels: readonly string[];
  /** Milliseconds between two output frames. */
  readonly step: number;
  readonly #session: Session;
  readonly #runner: Runner;
  readonly #values: Uint16Array;
  readonly #hop: number;
  readonly #delay: number;
  readonly #time: { readonly hop: number; readonly window: number };
  #frontEnd: IntegerFrontEnd | undefined;
  #frames = 0;

  constructor(session: Session, options: StreamOptions, poison: number) {
    const { block = 32 } = options;
    if (!Number.isInteger(block) || block < 1 || block > 65_536)
      throw new RuntimeError('RUNTIME_OPTION', `block must be an integer from 1 to 65536, got ${block}.`);
    const { program, backend } = session;
    const { hop, delay } = program.tensors[program.output]!;
    this.labels = session.labels;
    this.#session = session;
    this.#runner = new Runner(program, backend, { block }, poison);
    this.#values = new Uint16Array(this.labels.length);
    this.#hop = hop;
    this.#delay = delay;
    const config = session.hasFrontEnd ? session.featureConfig() : undefined;
    this.#time = config === undefined ? DEFAULT_FRAME : { hop: (config.hop * 1000) / config.sampleRate, window: (config.window * 1000) / config.sampleRate };
    this.step = hop * this.#time.hop;
  }

  /**
   * Takes samples.
   * @param samples 16-bit, at the rate of the model's front end
   * @throws RuntimeError `RUNTIME_FEATURES`, `RUNTIME_ENDED`
   */
  push(samples: Int16Array, take: TakeScores): void {
    if (this.#runner.ended) throw new RuntimeError('RUNTIME_ENDED', 'samples came after the end of the stream.');
    this.#frontEnd ??= integerFrontEnd(this.#session.featureConfig(), { backend: this.#session.backend });
    const frames: number[] = [];
    this.#frontEnd.push(samples, (frame) => frames.push(...frame));
    if (frames.length > 0) this.pushFrames(Uint8Array.from(frames), take);
  }

  /**
   * Takes frames, `[frame][band]`.
   * @throws RuntimeError `RUNTIME_INPUT`, `RUNTIME_ENDED`
   */
  pushFrames(frames: Uint8Array, take: TakeScores): void {
    this.#run(frames, false, take);
  }

  /** Ends the stream: what depends on frames after the last one is computed as if they were zero. */
  flush(take: TakeScores): void {
    this.#run(new Uint8Array(0), true, take);
  }

  /** Starts anew. */
  reset(): void {
    this.#frames = 0;
    this.#frontEnd?.reset();
    this.#runner.reset();
  }

  #run(frames: Uint8Array, last: boolean, take: TakeScores): void {
    const count = this.#runner.frameCount(frames);
    this.#frames += count;
    this.#runner.run(frames, last, (logits, frame) => {
      softmax(logits, this.#values);
      const newest = Math.min(frame * this.#hop + this.#delay, this.#frames - 1);
      take({ frame, time: newest * this.#time.hop + this.#time.window, values: this.#values, logits });
    });
  }
}
