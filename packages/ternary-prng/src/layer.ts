/**
 * A random ternary layer ready to run: the kernel of a spec with a memory of its own.
 * Invariant: between runs the memory holds activations and scratch; no part of the matrix is needed again, unless lists are to be kept.
 */
import { Arena, arenaBytes, compileOnce } from '@bitvox/wasm';
import { TernaryPrngError } from './errors.ts';
import type { TernaryFrames } from './apply.ts';
import { DENSE_FRAMES, densePays } from './kernels/dense-plan.ts';
import { denseKernel, denseScratchBytes } from './kernels/dense-ternary.wasm.ts';
import { ternaryKernel, ternaryScratchBytes } from './kernels/sparse-ternary.wasm.ts';
import { ELEMENT_SHIFT, type TernaryElement } from './kernels/lanes.ts';

import { packSpec } from './packed-spec.ts';
import { planTernary, ternaryMatrixSpec, type TernaryMatrixSpec } from './spec.ts';

/** Frames by their element type. */
export interface TernaryFramesOf {
  readonly f32: Float32Array;
  readonly i16: Int16Array;
}

/** y = R x and x = Rᵀ y over frames [channel][time] in WebAssembly; every call draws R anew, unless the layer keeps its lists. */
export interface TernaryLayer<Element extends TernaryElement> {
  readonly spec: TernaryMatrixSpec;
  readonly element: Element;
  readonly method: TernaryMethod;
  /** Frames that a run may have at most. */
  readonly frames: number;
  /** Elements from a channel of `input` or `output` to the next. */
  readonly stride: number;
  /** Inputs, [columns][stride], in the layer's memory: write here, then `run`. */
  readonly input: TernaryFramesOf[Element];
  /** Outputs, [rows][stride], in the layer's memory. */
  readonly output: TernaryFramesOf[Element];
  /**
   * Computes the first `frames` frames of `output` from those of `input`; the rest of `output` stays as it is.
   * @param frames 1 to the layer's frames, all of them unless told @throws TernaryPrngError TERNARY_PRNG_FRAMES
   */
  run(frames?: number): void;
  /**
   * The way back, of gradients: computes the first `frames` frames of `input` from those of `output`; the rest of `input` stays as it is.
   * @param frames 1 to the layer's frames, all of them unless told @throws TernaryPrngError TERNARY_PRNG_FRAMES
   */
  runTransposed(frames?: number): void;
  /**
   * `applyTernary` with copies in and out.
   * @param x [columns][frames] @param y [rows][frames], overwritten @returns `y` @throws TernaryPrngError TERNARY_PRNG_FRAMES
   */
  apply(x: TernaryFramesOf[Element], y: TernaryFramesOf[Element]): TernaryFramesOf[Element];
  /**
   * `applyTernaryTransposed` with copies in and out.
   * @param x [columns][frames], overwritten @param y [rows][frames] @returns `x` @throws TernaryPrngError TERNARY_PRNG_FRAMES
   */
  applyTransposed(x: TernaryFramesOf[Element], y: TernaryFramesOf[Element]): TernaryFramesOf[Element];
}

/**
 * How a layer is computed, with the same bits: by lists of the channels that count, or by tables of the sums of four channels, for int16 only
 * (sums of floats depend on their order) and runs of 16 frames and more.
 */
export type TernaryMethod = 'indices' | 'tables';

export interface TernaryLayerOptions<Element extends TernaryElement> {
  readonly element: Element;
  /** Frames of a run at most. */
  readonly frames: number;
  /** Unless told by rule the faster one: tables only where more than about half of a large matrix is not zero. */
  readonly method?: TernaryMethod;
  /**
   * Keeps the lists of channels after the first run, at least four bytes for each entry that is not zero: for streams of single frames, where drawing
   * takes longer than adding. Off unless told. Runs by tables draw all the same.
   */
  readonly keepsLists?: boolean;
}

const LINE_BYTES = 64;

/**
 * Reserves memory for the layer of a spec. Its kernels are compiled at their first run, once per spec and element type.
 *
 * @throws TernaryPrngError TERNARY_PRNG_SPEC, TERNARY_PRNG_FRAMES, TERNARY_PRNG_METHOD
 * @throws WasmError WASM_ARENA_SIZE when the memory cannot be had
 */
export function createTernaryLayer<Element extends TernaryElement>(spec: TernaryMatrixSpec, options: TernaryLayerOptions<Element>): TernaryLayer<Element> {
  const { element, frames: capacity, keepsLists = false } = options;
  const checked = ternaryMatrixSpec(spec);
  const method = chooseMethod(checked, options);
  const { rows, columns } = checked;
  if (!Number.isInteger(capacity) || capacity < 1) throw new TernaryPrngError('TERNARY_PRNG_FRAMES', `${capacity} frames.`);
  // An odd number of cache lines from channel to channel spreads the channels over all sets of a cache.
  const strideBytes = (Math.ceil((capacity * 2 ** ELEMENT_SHIFT[element]) / LINE_BYTES) | 1) * LINE_BYTES;
  const stride = strideBytes >> ELEMENT_SHIFT[element];
  const sizes = [columns * strideBytes, rows * strideBytes, ternaryScratchBytes(checked, keepsLists), method === 'tables' ? denseScratchBytes(checked) : 0];
  const arena = new Arena(arenaBytes(sizes, LINE_BYTES));
  const [x, y, scratch, denseScratch] = sizes.map((size) => arena.allocate(size, LINE_BYTES));
  const view = (address: number, channels: number): TernaryFrames =>
    element === 'f32' ? arena.f32(address, channels * stride) : arena.i16(address, channels * stride);
  const [input, output] = [view(x, columns), view(y, rows)];

  const checkFrames = (frames: number): void => {
    if (!Number.isInteger(frames) || frames < 1 || frames > capacity) throw new TernaryPrngError('TERNARY_PRNG_FRAMES', `${frames} of ${capacity} frames.`);
  };
  const runner = (name: string, at: number, build: () => Uint8Array<ArrayBuffer>): ((frames: number) => void) => {
    let kernel: ((...addresses: number[]) => void) | undefined;
    return (frames) => {
      if (kernel === undefined) {
        const module = compileOnce(`ternary-prng/${name}/${element}/${keepsLists}/${packSpec(checked).join(',')}`, build);
        kernel = new WebAssembly.Instance(module, { env: { memory: arena.memory } }).exports['apply'] as (...addresses: number[]) => void;
      }
      kernel(x, y, frames, strideBytes, at);
    };
  };
  const forward = runner('forward', scratch, () => ternaryKernel(checked, element, 'forward', keepsLists));
  const transposed = runner('transposed', scratch, () => ternaryKernel(checked, element, 'transposed', keepsLists));
  const tables = runner('tables', denseScratch, () => denseKernel(checked));
  const run = (frames = capacity): void => {
    checkFrames(frames);
    (method === 'tables' && frames >= DENSE_FRAMES ? tables : forward)(frames);
  };
  const runTransposed = (frames = capacity): void => {
    checkFrames(frames);
    transposed(frames);
  };
  const copyIn = (from: TernaryFrames, to: TernaryFrames, frames: number): void => {
    for (let at = 0, channel = 0; at < from.length; at += frames, channel += stride) to.set(from.subarray(at, at + frames), channel);
  };
  const copyOut = <Frames extends TernaryFrames>(from: TernaryFrames, to: Frames, frames: number): Frames => {
    for (let at = 0, channel = 0; at < to.length; at += frames, channel += stride) to.set(from.subarray(channel, channel + frames), at);
    return to;
  };
  const framesOf = (from: TernaryFrames, to: TernaryFrames): number => {
    const frames = from.length / columns;
    if (to.length !== rows * frames || from.constructor !== input.constructor || to.constructor !== input.constructor) {
      throw new TernaryPrngError('TERNARY_PRNG_FRAMES', `x of ${from.length} and y of ${to.length} for a matrix of ${rows} x ${columns}.`);
    }
    checkFrames(frames);
    return frames;
  };
  const apply = <Frames extends TernaryFrames>(from: Frames, to: Frames): Frames => {
    const frames = framesOf(from, to);
    copyIn(from, input, frames);
    run(frames);
    return copyOut(output, to, frames);
  };
  const applyTransposed = <Frames extends TernaryFrames>(to: Frames, from: Frames): Frames => {
    const frames = framesOf(to, from);
    copyIn(from, output, frames);
    runTransposed(frames);
    return copyOut(input, to, frames);
  };
  return {
    spec: checked,
    element,
    method,
    frames: capacity,
    stride,
    input,
    output,
    run,
    runTransposed,
    apply,
    applyTransposed,
  } as unknown as TernaryLayer<Element>;
}

function chooseMethod(spec: TernaryMatrixSpec, { element, method }: TernaryLayerOptions<TernaryElement>): TernaryMethod {
  if (method === undefined) return element === 'i16' && densePays(planTernary(spec)) ? 'tables' : 'indices';
  if (method !== 'indices' && (method !== 'tables' || element !== 'i16')) {
    throw new TernaryPrngError('TERNARY_PRNG_METHOD', `method "${String(method)}" for element "${element}".`);
  }
  return method;
}
