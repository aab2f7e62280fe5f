/**
 * A random ternary layer ready to run: the kernel of a spec with a memory of its own.
 * Invariant: between runs the memory holds activations and scratch, no part of the matrix is needed again.
 */
import { Arena, arenaBytes, compileOnce } from '@bitvox/wasm';
import { TernaryPrngError } from './errors.ts';
import type { TernaryFrames } from './apply.ts';
import { ternaryKernel, ternaryScratchBytes } from './kernels/sparse-ternary.wasm.ts';
import { ELEMENT_SHIFT, type TernaryElement } from './kernels/sum-rows.wasm.ts';
import { packSpec } from './packed-spec.ts';
import { ternaryMatrixSpec, type TernaryMatrixSpec } from './spec.ts';

/** Frames by their element type. */
export interface TernaryFramesOf {
  readonly f32: Float32Array;
  readonly i16: Int16Array;
}

/** y = R x over frames [channel][time] in WebAssembly. */
export interface TernaryLayer<Element extends TernaryElement> {
  readonly spec: TernaryMatrixSpec;
  readonly element: Element;
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
   * `applyTernary` with copies in and out.
   * @param x [columns][frames] @param y [rows][frames], overwritten @returns `y` @throws TernaryPrngError TERNARY_PRNG_FRAMES
   */
  apply(x: TernaryFramesOf[Element], y: TernaryFramesOf[Element]): TernaryFramesOf[Element];
}

const LINE_BYTES = 64;

/**
 * Compiles the kernel of a spec (once per spec and element type) and reserves memory for it.
 *
 * @param spec generator `balanced` @param options element type; frames of a run at most
 * @throws TernaryPrngError TERNARY_PRNG_SPEC, TERNARY_PRNG_KERNEL, TERNARY_PRNG_FRAMES
 * @throws WasmError WASM_ARENA_SIZE when the memory cannot be had
 */
export function createTernaryLayer<Element extends TernaryElement>(
  spec: TernaryMatrixSpec,
  options: { readonly element: Element; readonly frames: number },
): TernaryLayer<Element> {
  const { element, frames: capacity } = options;
  const checked = ternaryMatrixSpec(spec);
  const { rows, columns } = checked;
  if (!Number.isInteger(capacity) || capacity < 1) throw new TernaryPrngError('TERNARY_PRNG_FRAMES', `${capacity} frames.`);
  // An odd number of cache lines from channel to channel spreads the channels over all sets of a cache.
  const strideBytes = (Math.ceil((capacity * 2 ** ELEMENT_SHIFT[element]) / LINE_BYTES) | 1) * LINE_BYTES;
  const stride = strideBytes >> ELEMENT_SHIFT[element];
  const sizes = [columns * strideBytes, rows * strideBytes, ternaryScratchBytes(checked)];
  const arena = new Arena(arenaBytes(sizes, LINE_BYTES));
  const [x, y, scratch] = sizes.map((size) => arena.allocate(size, LINE_BYTES));
  const view = (address: number, channels: number): TernaryFrames =>
    element === 'f32' ? arena.f32(address, channels * stride) : arena.i16(address, channels * stride);
  const module = compileOnce(`ternary-prng/${element}/${packSpec(checked).join(',')}`, () => ternaryKernel(checked, element));
  const kernel = new WebAssembly.Instance(module, { env: { memory: arena.memory } }).exports['apply'] as (...addresses: number[]) => void;
  const input = view(x, columns);
  const output = view(y, rows);

  const run = (frames = capacity): void => {
    if (!Number.isInteger(frames) || frames < 1 || frames > capacity) throw new TernaryPrngError('TERNARY_PRNG_FRAMES', `${frames} of ${capacity} frames.`);
    kernel(x, y, frames, strideBytes, scratch);
  };
  const apply = <Frames extends TernaryFrames>(from: Frames, to: Frames): Frames => {
    const frames = from.length / columns;
    if (to.length !== rows * frames || from.constructor !== input.constructor || to.constructor !== input.constructor) {
      throw new TernaryPrngError('TERNARY_PRNG_FRAMES', `${from.length} inputs and ${to.length} outputs for a matrix of ${rows} x ${columns}.`);
    }
    for (let column = 0; column < columns; column++) input.set(from.subarray(column * frames, (column + 1) * frames), column * stride);
    run(frames);
    for (let row = 0; row < rows; row++) to.set(output.subarray(row * stride, row * stride + frames), row * frames);
    return to;
  };
  return { spec: checked, element, frames: capacity, stride, input, output, run, apply } as unknown as TernaryLayer<Element>;
}
