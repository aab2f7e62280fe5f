/**
 * A depthwise convolution whose sums an epilogue takes from the registers, as one plan:
 *
 *     const plan = planFinishedDepthwise({ channels, taps, t, weights: 'int8', activations: 'int8', epilogue });
 *     arena.u8(weights, plan.weightBytes).set(plan.packWeights(rows));
 *     arena.u8(constants, plan.constantBytes).set(plan.packConstants());
 *     const { run } = plan.instantiate(arena.memory, { weights, constants, scratch });
 *     run(x, xStride, frames, residual, residualStride, out, outStride); // no residual where nothing is added
 */
import { type DepthwiseAddresses, type DepthwisePlan, type DepthwiseRequest, openDepthwise } from './depthwise.ts';
import { checkEpilogue } from './epilogue.ts';
import { exportsOf } from './instances.ts';
import type { Epilogue } from './kernels/epilogue.ts';
import { epilogueName, packConstants } from './kernels/epilogue-pipelines.wasm.ts';
import { epilogueStep } from './kernels/epilogue.wasm.ts';
import { checkRegion, isShared } from './regions.ts';

/** A convolution, and what becomes of its sums. */
export interface FinishedDepthwiseRequest extends DepthwiseRequest {
  readonly epilogue: Epilogue;
}

/** Where the regions of a plan lie: addresses in bytes, multiples of 16. */
export interface FinishedDepthwiseAddresses extends DepthwiseAddresses {
  readonly constants: number;
}

/** A convolution with an epilogue, bound to a memory. */
export interface FinishedDepthwise {
  /**
   * Computes `frames` outputs of every channel.
   * @param x as for `BoundDepthwise.run` @param xStride elements, as all strides but those of packed rows, which count bytes
   * @param rows address and stride of the residual where one is added, then of every output; rows have room for `frames` rounded up to
   *   16, of which elements beyond `frames` are overwritten with anything; an output may be the residual
   * @throws BitpackError `BITPACK_FRAMES`
   */
  readonly run: (x: number, xStride: number, frames: number, ...rows: number[]) => void;
}

/** A planned convolution with an epilogue. */
export interface FinishedDepthwisePlan extends Omit<DepthwisePlan, 'module' | 'instantiate'> {
  readonly constantBytes: number;
  readonly packConstants: () => Uint8Array<ArrayBuffer>;
  /** @throws BitpackError `BITPACK_ADDRESS` */
  readonly instantiate: (memory: WebAssembly.Memory, addresses: FinishedDepthwiseAddresses) => FinishedDepthwise;
}

type Run = (weights: number, x: number, xStride: number, frames: number, constants: number, ...rows: number[]) => void;

/**
 * Plans a convolution with an epilogue for up to `t` outputs per call.
 * @throws BitpackError as `planDepthwise` and `planEpilogue` do
 */
export function planFinishedDepthwise(request: FinishedDepthwiseRequest): FinishedDepthwisePlan {
  const { epilogue } = request;
  const { module, checkFrames, ...plan } = openDepthwise(request);
  const { accumulator, shape } = plan;
  checkEpilogue({ channels: shape.channels, source: accumulator, epilogue });
  const constantsOf = (): Uint8Array<ArrayBuffer> => packConstants(epilogue, accumulator, shape.channels);
  const constantBytes = constantsOf().length;
  return {
    ...plan,
    constantBytes,
    packConstants: constantsOf,
    instantiate: (memory, { weights, constants, scratch = 0 }) => {
      checkRegion(memory, 'weights', weights, plan.weightBytes);
      checkRegion(memory, 'constants', constants, constantBytes);
      checkRegion(memory, 'scratch', scratch, plan.scratchBytes);
      const target = { scratch, shared: isShared(memory) };
      const run = exportsOf(module(target, epilogueName(epilogue), epilogueStep(epilogue, accumulator)), memory)['run'] as Run;
      return {
        run: (x, xStride, frames, ...rows) => {
          checkFrames(frames);
          run(weights, x, xStride, frames, constants, ...rows);
        },
      };
    },
  };
}
