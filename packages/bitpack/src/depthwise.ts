/**
 * Depthwise convolutions along time, planned like products:
 *
 *     const plan = planDepthwise({ channels, taps, t, weights: 'int8', activations: 'int8' });
 *     arena.u8(weights, plan.weightBytes).set(plan.packWeights(rows));
 *     const { run } = plan.instantiate(arena.memory, { weights, scratch });
 *     run(x, xStride, frames, y, yStride);
 *
 * Invariant: `run` allocates nothing and writes only outputs, in steps of 16 frames, and the scratch region.
 */
import { type Capabilities, compileOnce, detectCapabilities } from '@bitvox/wasm';
import { BitpackError } from './errors.ts';
import { type DepthwiseShape, type DepthwiseTypes, depthwiseValues, largestWeightSum } from './kernels/depthwise.ts';
import type { DepthwiseAccumulator, DepthwiseKernel } from './kernels/depthwise-kernel.ts';
import { DEPTHWISE_KERNELS } from './kernels/depthwise-table.ts';
import type { KernelTarget } from './kernels/kernel.ts';
import type { LastStep } from './kernels/row-store.wasm.ts';
import { checkExtents } from './layout.ts';
import { exportsOf } from './instances.ts';
import { checkRegion, isShared } from './regions.ts';

/** A convolution, the types, and where wanted the choice of the kernel. */
export interface DepthwiseRequest extends DepthwiseTypes {
  readonly channels: number;
  readonly taps: number;
  /** Frames from tap to tap, 1 unless told. */
  readonly dilation?: number;
  /** Frames from window to window, 1 unless told. */
  readonly stride?: number;
  /** Most outputs of one call. */
  readonly t: number;
  /**
   * Bound of Σ |w| of every channel, so that sums fit 16 bits where those of all weights of the type would not: at most 255 for `int8`
   * activations. The most that the type allows unless told; weights beyond it are refused when they are packed.
   */
  readonly weightSum?: number;
  /** Type of the sums; unless told the smallest that holds them. */
  readonly accumulator?: DepthwiseAccumulator;
  /** Name of a kernel of `DEPTHWISE_KERNELS`. */
  readonly kernel?: string;
  /** What the engine can do; detected unless told. */
  readonly capabilities?: Capabilities;
}

/** Where the regions of a plan lie: addresses in bytes, multiples of 16; those of no bytes may lie anywhere. */
export interface DepthwiseAddresses {
  readonly weights: number;
  readonly scratch?: number;
}

/** A depthwise convolution bound to a memory. */
export interface BoundDepthwise {
  /**
   * Computes `frames` outputs of every channel. Rows of outputs have room for `frames` rounded up to 16 elements, of
   * which those beyond `frames` are overwritten with anything; 64 bytes behind `x` must be readable (`EXTRA_BYTES`).
   * @param x address of the first frame that the first output sees, `[channels][xStride]` @param xStride elements, as all strides
   * @param y address of the sums, `[channels][yStride]`
   * @throws BitpackError `BITPACK_FRAMES`
   */
  readonly run: (x: number, xStride: number, frames: number, y: number, yStride: number) => void;
}

/** A planned depthwise convolution. */
export interface DepthwisePlan {
  readonly name: DepthwiseKernel['name'];
  readonly accumulator: DepthwiseAccumulator;
  readonly shape: DepthwiseShape;
  readonly weightBytes: number;
  readonly scratchBytes: number;
  /**
   * Packed rows `[channels][taps]`, or floats → what lies at `weights`.
   * @throws BitpackError `BITPACK_LENGTH`, `BITPACK_BYTE`, `BITPACK_TYPE`, `BITPACK_RANGE`
   */
  readonly packWeights: (rows: Uint8Array | Float32Array) => Uint8Array<ArrayBuffer>;
  /** The compiled code, cached by kernel, shape and scratch address. */
  readonly module: (target: KernelTarget) => WebAssembly.Module;
  /** @throws BitpackError `BITPACK_ADDRESS` */
  readonly instantiate: (memory: WebAssembly.Memory, addresses: DepthwiseAddresses, module?: WebAssembly.Module) => BoundDepthwise;
}

function chooseKernel(request: DepthwiseRequest, shape: DepthwiseShape): DepthwiseKernel {
  const { weights, activations, accumulator, kernel: name, capabilities = detectCapabilities() } = request;
  const known = DEPTHWISE_KERNELS.filter((kernel) => kernel.weights === weights && kernel.activations === activations);
  if (known.length === 0) throw new BitpackError('BITPACK_TYPE', `Got weights "${String(weights)}" and activations "${String(activations)}".`);
  if (name !== undefined && DEPTHWISE_KERNELS.every((kernel) => kernel.name !== name)) {
    throw new BitpackError('BITPACK_KERNEL_UNKNOWN', `Got "${name}", wanted one of ${known.map((kernel) => kernel.name).join(', ')}.`);
  }
  const chosen = known.find(
    (kernel) =>
      (name ?? kernel.name) === kernel.name &&
      (accumulator ?? kernel.accumulator) === kernel.accumulator &&
      kernel.computes(shape) &&
      kernel.requires.every((capability) => capabilities[capability]),
  );
  if (chosen === undefined) {
    throw new BitpackError(
      'BITPACK_KERNEL_UNFIT',
      `Got ${name ?? `${weights} × ${activations}`} with ${JSON.stringify(shape)} and sums of ${accumulator ?? 'any type'}.`,
    );
  }
  return chosen;
}

function checkSums(values: ArrayLike<number>, { channels, taps, weightSum }: DepthwiseShape): void {
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) sum += Math.abs(values[channel * taps + tap]!);
    if (sum > weightSum) throw new BitpackError('BITPACK_RANGE', `Got weights of channel ${channel} that sum up to ${sum}, wanted at most ${weightSum}.`);
  }
}

/** A plan whose last step is still open. */
export interface OpenDepthwise extends Omit<DepthwisePlan, 'module' | 'instantiate'> {
  /** The compiled code; `name` says all that the code of `last` depends on. */
  readonly module: (target: KernelTarget, name: string, last?: LastStep) => WebAssembly.Module;
  /** @throws BitpackError `BITPACK_FRAMES` */
  readonly checkFrames: (frames: number) => void;
}

/**
 * Plans all but the last step.
 * @throws BitpackError `BITPACK_SHAPE`, `BITPACK_TYPE`, `BITPACK_KERNEL_UNKNOWN`, `BITPACK_KERNEL_UNFIT`
 */
export function openDepthwise(request: DepthwiseRequest): OpenDepthwise {
  const { channels, taps, dilation = 1, stride = 1, t, weightSum = largestWeightSum(request.weights, request.taps) } = request;
  checkExtents({ channels, taps, dilation, stride, t });
  const shape: DepthwiseShape = { channels, taps, dilation, stride, t, weightSum };
  const kernel = chooseKernel(request, shape);
  const { name, accumulator } = kernel;
  const code = `bitpack/${name}/${[channels, taps, dilation, stride, t].join('x')}`;
  return {
    name,
    accumulator,
    shape,
    weightBytes: kernel.weightBytes(shape),
    scratchBytes: kernel.scratchBytes(shape),
    packWeights: (rows) => {
      const values = depthwiseValues(kernel.weights, rows, shape);
      if (accumulator !== 'f32') checkSums(values, shape);
      return kernel.packWeights(values, shape);
    },
    module: (target, lastName, last) =>
      compileOnce(`${code}/${lastName}/${target.scratch}/${target.shared ? 'shared' : 'own'}`, () => kernel.build(shape, target, last)),
    checkFrames: (frames) => {
      if (!(frames >= 1 && frames <= t)) throw new BitpackError('BITPACK_FRAMES', `Got ${frames} frames, wanted 1 to ${t}.`);
    },
  };
}

type Run = (weights: number, x: number, xStride: number, frames: number, y: number, yStride: number) => void;

/**
 * Plans y[c][t] = Σ_k w[c][k] · x[c][t·stride + k·dilation] for up to `t` outputs per call.
 * @throws BitpackError `BITPACK_SHAPE`, `BITPACK_TYPE`, `BITPACK_KERNEL_UNKNOWN`, `BITPACK_KERNEL_UNFIT`
 */
export function planDepthwise(request: DepthwiseRequest): DepthwisePlan {
  const { module: open, checkFrames, ...plan } = openDepthwise(request);
  const module = (target: KernelTarget): WebAssembly.Module => open(target, 'sums');
  return {
    ...plan,
    module,
    instantiate: (memory, { weights, scratch = 0 }, compiled) => {
      checkRegion(memory, 'weights', weights, plan.weightBytes);
      checkRegion(memory, 'scratch', scratch, plan.scratchBytes);
      const run = exportsOf(compiled ?? module({ scratch, shared: isShared(memory) }), memory)['run'] as Run;
      return {
        run: (x, xStride, frames, y, yStride) => {
          checkFrames(frames);
          run(weights, x, xStride, frames, y, yStride);
        },
      };
    },
  };
}
