/**
 * The streaming integer front end: samples in, frames out.
 * Invariant: the frames depend on the samples only, never on how they were cut into pushes.
 */
import { type Backend, chosenBackend } from '../backend.ts';
import { FeatureError } from '../errors.ts';
import { checkFeatureConfig } from './check-config.ts';
import { type FeatureConfig, frameCount, SPEC98X40, valuesPerFrame } from './config.ts';
import { type FrameKernel, referenceKernel } from './frame.ts';
import { wasmKernel } from './frame.wasm.ts';
import { frontEndTables } from './tables.ts';

/** A front end with the state of one stream. */
export interface IntegerFrontEnd {
  readonly config: FeatureConfig;
  readonly backend: Exclude<Backend, 'auto'>;
  /** Samples per frame. */
  readonly frameLength: number;
  /** Samples from one frame to the next. */
  readonly hop: number;
  /** Values per frame. */
  readonly bands: number;
  /** RAM that a stream keeps between pushes on a device: the last samples and their count. */
  readonly stateBytes: number;
  /** RAM that one frame needs while it is computed on a device: transform, power, levels. */
  readonly scratchBytes: number;
  /**
   * Takes any number of samples and calls `emit` for every frame that they complete, oldest first.
   * @param emit gets `bands` values; the array is reused, copy it to keep it
   */
  push(samples: Int16Array, emit: (frame: Uint8Array) => void): void;
  /** Forgets all samples. */
  reset(): void;
}

/** Features of a whole clip, row-major [frame][band]. */
export interface IntegerFeatures {
  readonly frames: number;
  readonly bands: number;
  readonly data: Uint8Array;
}

function checkSamples(samples: unknown): asserts samples is Int16Array {
  if (!(samples instanceof Int16Array)) throw new FeatureError('FEATURE_SAMPLES', `Got ${Object.prototype.toString.call(samples)}, wanted an Int16Array.`);
}

function kernelOf(config: FeatureConfig, backend: Exclude<Backend, 'auto'>): FrameKernel {
  const tables = frontEndTables(config);
  return backend === 'wasm' ? wasmKernel(config, tables) : referenceKernel(config, tables);
}

/**
 * Makes a streaming front end.
 * @throws FeatureError when the configuration is not valid, or `FEATURE_NO_WEBASSEMBLY`
 */
export function integerFrontEnd(config: FeatureConfig = SPEC98X40, options: { readonly backend?: Backend } = {}): IntegerFrontEnd {
  const checked = checkFeatureConfig(config);
  const backend = chosenBackend(options.backend);
  const kernel = kernelOf(checked, backend);
  const { window, hop, fft, bands } = checked;
  let filled = 0;

  return {
    config: checked,
    backend,
    frameLength: window,
    hop,
    bands: valuesPerFrame(checked),
    stateBytes: 2 * window + 4,
    scratchBytes: 2 * fft + 4 * (fft / 2 + 1) + 2 * bands,
    push(samples, emit) {
      checkSamples(samples);
      for (let at = 0; at < samples.length;) {
        const taken = Math.min(window - filled, samples.length - at);
        kernel.samples.set(samples.subarray(at, at + taken), filled);
        filled += taken;
        at += taken;
        if (filled < window) continue;
        kernel.compute();
        // Moved before `emit`, so that a push from inside it or an error thrown by it leaves a valid stream.
        kernel.samples.copyWithin(0, hop);
        filled = window - hop;
        emit(kernel.output);
      }
    },
    reset() {
      filled = 0;
    },
  };
}

/**
 * Features of a whole clip; the same frames as a stream of it gives.
 * @param samples one channel of int16 at `config.sampleRate`
 * @throws FeatureError when the configuration is not valid, or `FEATURE_SAMPLES`
 */
export function integerFeatures(config: FeatureConfig, samples: Int16Array, options: { readonly backend?: Backend } = {}): IntegerFeatures {
  checkSamples(samples);
  return clipFeatures(integerFrontEnd(config, options), samples);
}

/** Features of a whole clip with a front end that already exists, which is reset before and after. */
export function clipFeatures(frontEnd: IntegerFrontEnd, samples: Int16Array): IntegerFeatures {
  const { bands } = frontEnd;
  const frames = frameCount(frontEnd.config, samples.length);
  const data = new Uint8Array(frames * bands);
  let at = 0;
  frontEnd.reset();
  frontEnd.push(samples, (frame) => {
    data.set(frame, at);
    at += bands;
  });
  frontEnd.reset();
  return { frames, bands, data };
}
