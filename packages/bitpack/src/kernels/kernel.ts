/**
 * What a kernel is: a value. The list of them (`table.ts`) drives selection, tests, benchmarks and documentation.
 *
 * Names follow `<op>_<weights>x<activations>_<accumulator>__<implementation>`, the same string everywhere.
 *
 * A kernel is a generator: for a shape and a scratch address it emits a module that imports `env.memory` and exports
 *
 *     run(weights, x, xStride, c, cStride, frames)
 *
 * Addresses are in bytes; `x` is the unpacked form `[k][xStride]`, `c` holds accumulators `[m][cStride]`, strides count
 * elements. Invariant: exactly `m × frames` elements of `c` are written, all exact; besides them only the scratch region is
 * touched, and nothing that lies in it before a call matters.
 */
import { type Capability, type Expr, type FunctionBuilder, ModuleBuilder } from '@bitvox/wasm';
import { type ActivationType, MAXIMUM_EXTENT, WEIGHT_TYPES, type WeightType } from '../layout.ts';
import type { GemmShape } from './gemm-1x1.ts';
import type { Steps } from './steps.ts';

/** The type of an element of `c` where activations are integers. */
export type Accumulator = 'i16' | 'i32';
/** Activations of a matrix product: `f32` where a model keeps them, four bytes an element. */
export type GemmActivations = ActivationType | 'f32';
/** The type of an element of `c`: `f32` for activations of `f32`. */
export type GemmAccumulator = Accumulator | 'f32';

/** What a module is generated for, beyond the shape. */
export interface KernelTarget {
  /** Address of the scratch region, a multiple of 16; baked into the code. */
  readonly scratch: number;
  /** The memory is shared between threads. */
  readonly shared: boolean;
}

/** A matrix product as a value. */
export interface GemmKernel {
  readonly name: `gemm_${WeightType}x${GemmActivations}_${GemmAccumulator}__${string}`;
  readonly op: 'gemm';
  readonly weights: WeightType;
  readonly activations: GemmActivations;
  readonly accumulator: GemmAccumulator;
  /** One sentence on how it works. */
  readonly summary: string;
  readonly requires: readonly Capability[];
  readonly limits: {
    /** Largest depth for which every result is exact. */
    readonly k: number;
  };
  /** Rows and frames from which on it is worth choosing; it is exact below too. */
  readonly pays: { readonly m: number; readonly t: number };
  /** What a call of `shape.t` frames costs, in inner steps; what no measured kind resembles counts as so many `vector` steps. */
  readonly steps: (shape: GemmShape) => Steps;
  /** Bytes of the weights in the kernel's own layout. */
  readonly weightBytes: (shape: GemmShape) => number;
  /** Bytes of scratch for a plan of at most `shape.t` frames. */
  readonly scratchBytes: (shape: GemmShape) => number;
  /** Packed rows → the kernel's own layout, `weightBytes` bytes. */
  readonly packWeights: (rows: Uint8Array, shape: GemmShape) => Uint8Array<ArrayBuffer>;
  /** The bytes of the module. */
  readonly build: (shape: GemmShape, target: KernelTarget) => Uint8Array<ArrayBuffer>;
}

/** Largest depth for which no sum of products leaves the accumulator. */
export function depthLimit(weights: WeightType, activations: ActivationType, accumulator: Accumulator): number {
  const product = -WEIGHT_TYPES[weights].minimum * (activations === '1' ? 1 : 128);
  return Math.min(MAXIMUM_EXTENT, Math.floor((accumulator === 'i16' ? 0x7fff : 0x7fff_ffff) / product));
}

/** Bytes of an element of `c` as a shift. */
export const accumulatorShift = (accumulator: GemmAccumulator): 1 | 2 => (accumulator === 'i16' ? 1 : 2);

/** The parameters of `run`. */
export const RUN_SIGNATURE = { weights: 'i32', x: 'i32', xStride: 'i32', c: 'i32', cStride: 'i32', frames: 'i32' } as const;

/** The function under construction. */
export type RunBuilder = FunctionBuilder<typeof RUN_SIGNATURE, 'void'>;

/** A module that exports `run`, its body emitted by `body`. */
export function buildRun(target: KernelTarget, body: (run: RunBuilder) => void): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder(target.shared ? { from: 'import', shared: true, maximum: 65536 } : { from: 'import' });
  body(module.function('run', RUN_SIGNATURE));
  return module.build();
}

/** `value` rounded up to a multiple of `step`. */
export const roundUp = (value: number, step: number): number => Math.ceil(value / step) * step;

/** An address as an operand: a constant or something computed. */
export type Address = Expr<'i32'>;
