/**
 * A matrix product planned for a shape, to live in the caller's memory: sizes first, then packed weights, then code.
 *
 *     const plan = planGemm({ m, k, t });
 *     const weights = arena.allocate(plan.weightBytes);       // as many plans as a network has, in one memory
 *     const scratch = arena.allocate(plan.scratchBytes);      // may be shared by plans that do not run at the same time
 *     arena.u8(weights, plan.weightBytes).set(plan.packWeights(rows));
 *     const gemm = plan.instantiate(arena.memory, { weights, scratch });
 *     gemm.run(x, xStride, c, cStride, frames);
 *
 * Invariant: `run` allocates nothing and writes only `c` and the scratch region.
 */
import { compileOnce } from '@bitvox/wasm';
import { BitpackError } from './errors.ts';
import { checkExtents, checkLength, rowBytes, type WeightType } from './layout.ts';
import type { GemmShape } from './kernels/gemm-1x1.ts';
import type { GemmAccumulator, GemmActivations, GemmKernel, KernelTarget } from './kernels/kernel.ts';
import { exportsOf } from './instances.ts';
import { checkRegion, isShared } from './regions.ts';
import { type GemmChoice, gemmByName, selectGemm } from './select.ts';

/** A shape, the types (1 bit × 1 bit unless told) and, where wanted, the choice of the kernel. */
export interface GemmRequest extends GemmShape, GemmChoice {
  /** Name of a kernel of `GEMM_KERNELS`; chosen by rule unless given. */
  readonly kernel?: string;
}

/** Where a plan's two regions lie: addresses in bytes, multiples of 16. */
export interface GemmAddresses {
  readonly weights: number;
  readonly scratch: number;
}

/** A planned product bound to a memory. */
export interface Gemm {
  /**
   * Computes `frames` columns.
   * @param x address of the activations, one byte per element (0 or 1 for bits) or four for `f32`, `[k][xStride]`; `EXTRA_BYTES` behind
   *   them must be readable
   * @param xStride elements from one row of `x` to the next
   * @param c address of the results, `[m][cStride]`, even for `i16`, a multiple of 4 for `i32` and `f32` if views shall reach them
   * @param cStride elements from one row of `c` to the next
   * @param frames 1 to the plan's `t`
   * @throws BitpackError `BITPACK_FRAMES`
   */
  readonly run: (x: number, xStride: number, c: number, cStride: number, frames: number) => void;
}

/** A matrix product for one shape. */
export interface GemmPlan {
  /** Name of the kernel. */
  readonly name: GemmKernel['name'];
  readonly weights: WeightType;
  readonly activations: GemmActivations;
  readonly accumulator: GemmAccumulator;
  readonly shape: GemmShape;
  readonly weightBytes: number;
  readonly scratchBytes: number;
  /**
   * Packed rows (the form on disk) → what lies at `weights`.
   * @throws BitpackError `BITPACK_LENGTH`, `BITPACK_BYTE`
   */
  readonly packWeights: (rows: Uint8Array) => Uint8Array<ArrayBuffer>;
  /** The compiled code for a scratch address; cached by kernel, shape and address. It can be posted to a worker. */
  readonly module: (target: KernelTarget) => WebAssembly.Module;
  /**
   * Binds the plan to a memory.
   * @param module compiled elsewhere by `module` for the same scratch address; taken from the cache unless given
   * @throws BitpackError `BITPACK_ADDRESS`
   */
  readonly instantiate: (memory: WebAssembly.Memory, addresses: GemmAddresses, module?: WebAssembly.Module) => Gemm;
}

/** The signature of the exported function. */
type Run = (weights: number, x: number, xStride: number, c: number, cStride: number, frames: number) => void;

/**
 * Plans C[m][frames] = Σ_k W[m][k] · X[k][frames] for up to `t` frames per call; bits stand for −1 and +1.
 * @throws BitpackError `BITPACK_SHAPE`, `BITPACK_TYPE`, `BITPACK_KERNEL_UNKNOWN`, `BITPACK_KERNEL_UNFIT`
 */
export function planGemm(request: GemmRequest): GemmPlan {
  const { m, k, t } = request;
  checkExtents({ m, k, t });
  const shape: GemmShape = { m, k, t };
  const kernel = request.kernel === undefined ? selectGemm(shape, request) : gemmByName(request.kernel, shape, request);
  const [weightBytes, scratchBytes] = [kernel.weightBytes(shape), kernel.scratchBytes(shape)];
  const module = (target: KernelTarget): WebAssembly.Module =>
    compileOnce(`bitpack/${kernel.name}/${m}x${k}x${t}/${target.scratch}/${target.shared ? 'shared' : 'own'}`, () => kernel.build(shape, target));

  return {
    name: kernel.name,
    weights: kernel.weights,
    activations: kernel.activations,
    accumulator: kernel.accumulator,
    shape,
    weightBytes,
    scratchBytes,
    packWeights: (rows) => {
      checkLength('packed weights', rows.length, m * rowBytes(k, kernel.weights));
      return kernel.packWeights(rows, shape);
    },
    module,
    instantiate: (memory, { weights, scratch }, compiled) => {
      checkRegion(memory, 'weights', weights, weightBytes);
      checkRegion(memory, 'scratch', scratch, scratchBytes);
      const run = exportsOf(compiled ?? module({ scratch, shared: isShared(memory) }), memory)['run'] as Run;
      return {
        run: (x, xStride, c, cStride, frames) => {
          if (!(frames >= 1 && frames <= t)) throw new BitpackError('BITPACK_FRAMES', `Got ${frames} frames, wanted 1 to ${t}.`);
          run(weights, x, xStride, c, cStride, frames);
        },
      };
    },
  };
}
