/**
 * A matrix product and its epilogue as one plan: the sums of a call lie in scratch between two functions.
 * (Tables that hand their sums to the epilogue in registers were tried: the larger loop gave back in spilled registers what it saved in
 * memory, which is a first-level cache here, in every version of the engine from Node 20 to 26.)
 *
 *     const plan = planFinishedGemm({ m, k, t, epilogue });
 *     arena.u8(weights, plan.weightBytes).set(plan.packWeights(rows));
 *     arena.u8(constants, plan.constantBytes).set(plan.packConstants());
 *     const { run } = plan.instantiate(arena.memory, { weights, constants, scratch });
 *     run(x, xStride, frames, residual, residualStride, out, outStride); // no residual where nothing is added
 */
import { planEpilogue } from './epilogue.ts';
import type { Epilogue } from './kernels/epilogue.ts';
import { FRAME_STEP } from './kernels/row-store.wasm.ts';
import { roundUp } from './kernels/kernel.ts';
import { ALIGNMENT } from './layout.ts';
import { type GemmAddresses, type GemmPlan, type GemmRequest, planGemm } from './plan.ts';
import { checkRegion } from './regions.ts';

/** A product, and what becomes of its sums. */
export interface FinishedGemmRequest extends GemmRequest {
  readonly epilogue: Epilogue;
}

/** Where the regions of a plan lie: addresses in bytes, multiples of 16. */
export interface FinishedGemmAddresses extends GemmAddresses {
  readonly constants: number;
}

/** A product with an epilogue, bound to a memory. */
export interface FinishedGemm {
  /**
   * Computes `frames` columns.
   * @param x as for `Gemm.run` @param xStride elements, as all strides @param frames 1 to the plan's `t`
   * @param rows address and stride of the residual where one is added, then of every output; rows have room for `frames` rounded up to
   *   16, of which elements beyond `frames` are overwritten with anything; an output may be the residual
   * @throws BitpackError `BITPACK_FRAMES`
   */
  readonly run: (x: number, xStride: number, frames: number, ...rows: number[]) => void;
}

/** A planned product with an epilogue. */
export interface FinishedGemmPlan extends Pick<GemmPlan, 'name' | 'shape' | 'accumulator' | 'weightBytes' | 'scratchBytes' | 'packWeights'> {
  readonly constantBytes: number;
  readonly packConstants: () => Uint8Array<ArrayBuffer>;
  /** @throws BitpackError `BITPACK_ADDRESS` */
  readonly instantiate: (memory: WebAssembly.Memory, addresses: FinishedGemmAddresses) => FinishedGemm;
}

/**
 * Plans a product with an epilogue for up to `t` frames per call.
 * @throws BitpackError as `planGemm` and `planEpilogue` do
 */
export function planFinishedGemm(request: FinishedGemmRequest): FinishedGemmPlan {
  const gemm = planGemm(request);
  const { name, shape, accumulator, weightBytes, packWeights } = gemm;
  const { constantBytes, packConstants, ...epilogue } = planEpilogue({ channels: shape.m, source: accumulator, epilogue: request.epilogue });
  const sumsAt = roundUp(gemm.scratchBytes, ALIGNMENT);
  // Rows apart by an odd number of steps: those of a power of two would share few lines of a cache.
  const sumsStride = FRAME_STEP * (Math.ceil(shape.t / FRAME_STEP) | 1);
  const scratchBytes = sumsAt + shape.m * sumsStride * (accumulator === 'i16' ? 2 : 4);
  return {
    name,
    shape,
    accumulator,
    weightBytes,
    scratchBytes,
    constantBytes,
    packWeights,
    packConstants,
    instantiate: (memory, { weights, constants, scratch }) => {
      checkRegion(memory, 'scratch', scratch, scratchBytes);
      const product = gemm.instantiate(memory, { weights, scratch });
      const finish = epilogue.instantiate(memory, constants);
      return {
        run: (x, xStride, frames, ...rows) => {
          product.run(x, xStride, scratch + sumsAt, sumsStride, frames);
          finish.run(scratch + sumsAt, sumsStride, frames, ...rows);
        },
      };
    },
  };
}
