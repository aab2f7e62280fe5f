/**
 * A session: a program bound to a backend, for clips and for making streams.
 * Invariant: every backend gives the same logits, hence the same scores, bit for bit.
 */
import { checkFeatureConfig, clipPictures, type FeatureConfig, integerFrontEnd } from '@bitvox/features';
import { type Model, modelAtLevel } from '@bitvox/graph';
import { RuntimeError } from '../errors.ts';
import { lower, type LowerOptions } from '../lower/lower.ts';
import type { Program } from '../program.ts';
import { softmax } from '../scores.ts';
import type { Backend } from '../schedule/executor.ts';
import { chosenBackend } from './backend.ts';
import { Runner } from './runner.ts';
import { Stream, type StreamOptions } from './stream.ts';

/** Scores of one clip. */
export interface Scores {
  readonly labels: readonly string[];
  /** Output frames; 1 where the network averages over the whole clip. */
  readonly frames: number;
  /** 0 to 32767 (certain), `[frame][label]`. */
  readonly values: Uint16Array;
  /** Logits in Q8.8, `[frame][label]`. */
  readonly logits: Int16Array;
}

/** Options of `createSession`. */
export interface SessionOptions {
  /** `auto` takes WebAssembly where the engine has SIMD. Default `auto`. */
  readonly backend?: Backend | 'auto';
  /** Options of lowering, where a model is given. */
  readonly lower?: LowerOptions;
  /** Level of a model that has several, such as `0.5x`; the full network unless told. */
  readonly level?: string;
  /** Value of every byte of memory before anything is written; for tests. */
  readonly poison?: number;
}

const isModel = (source: Model | Program): source is Model => 'graph' in source;

/** Runs clips; makes streams. */
export class Session {
  readonly program: Program;
  readonly backend: Backend;
  readonly labels: readonly string[];
  readonly #poison: number;
  /** Clips of the length that the network was made for. */
  readonly #runner: Runner;
  /** Longer clips, block by block. */
  #longRunner: Runner | undefined;
  #pictures: ((samples: Int16Array) => Uint8Array) | undefined;

  constructor(program: Program, backend: Backend, poison = 0) {
    this.program = program;
    this.backend = backend;
    this.labels = program.labels;
    this.#poison = poison;
    this.#runner = new Runner(program, backend, { block: program.input.frames, whole: true }, poison);
  }

  /** Bytes of memory that the session runs in: weights, tensors, scratch. */
  get memoryBytes(): number {
    return this.#runner.memoryBytes;
  }

  /**
   * Scores of a clip of any length.
   * @param frames `[frame][band]`, one byte each, as the front end writes them
   * @throws RuntimeError `RUNTIME_INPUT`
   */
  run(frames: Uint8Array): Scores {
    const width = this.labels.length;
    const collected: Int16Array[] = [];
    const runner = this.#runnerFor(this.#runner.frameCount(frames));
    runner.clip(frames, (logits) => collected.push(logits.slice()));
    const logits = new Int16Array(collected.length * width);
    const values = new Uint16Array(logits.length);
    collected.forEach((frame, index) => {
      logits.set(frame, index * width);
      softmax(frame, values.subarray(index * width, (index + 1) * width));
    });
    return { labels: this.labels, frames: collected.length, values, logits };
  }

  #runnerFor(frames: number): Runner {
    const block = this.program.input.frames;
    if (frames <= block) return this.#runner;
    this.#longRunner ??= new Runner(this.program, this.backend, { block }, this.#poison);
    return this.#longRunner;
  }

  /**
   * Scores of a clip of audio, put into the middle of a picture of as many frames as the network was trained on.
   * @param samples 16-bit samples at the rate of the model's front end
   * @throws RuntimeError `RUNTIME_FEATURES`
   */
  runClip(samples: Int16Array): Scores {
    this.#pictures ??= clipPictures(integerFrontEnd(this.featureConfig(), { backend: this.backend }), this.program.input.frames);
    return this.run(this.#pictures(samples));
  }

  /** A stream with memory of its own. */
  stream(options: StreamOptions = {}): Stream {
    return new Stream(this, options, this.#poison);
  }

  /** Whether the model says how audio becomes frames. */
  get hasFrontEnd(): boolean {
    return Object.keys(this.program.features).length > 0;
  }

  /**
   * The front end of the model.
   * @throws RuntimeError `RUNTIME_FEATURES` when it is none, or gives other frames than the network reads
   */
  featureConfig(): FeatureConfig {
    return featureConfigOf(this.program);
  }
}

/** The checked front end of a program. */
export function featureConfigOf(program: Program): FeatureConfig {
  let config: FeatureConfig;
  try {
    config = checkFeatureConfig(program.features);
  } catch (cause) {
    throw new RuntimeError('RUNTIME_FEATURES', cause instanceof Error ? cause.message : String(cause));
  }
  const bands = config.kind === 'mfcc' ? config.coefficients : config.bands;
  if (bands !== program.input.channels)
    throw new RuntimeError('RUNTIME_FEATURES', `its front end gives ${bands} values per frame, the network reads ${program.input.channels}.`);
  return config;
}

/** The program of a source at a level. */
function programOf(source: Model | Program, { level, lower: options }: SessionOptions): Program {
  if (isModel(source)) return lower(level === undefined ? source : modelAtLevel(source, level), options);
  if (level === undefined) return source;
  throw new RuntimeError('RUNTIME_OPTION', `a lowered program has no level ${JSON.stringify(level)}; give the model.`);
}

/**
 * Makes a session of a model or of a lowered program.
 * @throws RuntimeError of lowering, or `RUNTIME_BACKEND`; GraphError `GRAPH_LEVEL` if the model has no such level
 */
export function createSession(source: Model | Program, options: SessionOptions = {}): Session {
  const program = programOf(source, options);
  return new Session(program, chosenBackend(options.backend ?? 'auto'), options.poison);
}
