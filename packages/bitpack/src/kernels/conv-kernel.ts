/**
 * What a convolution kernel is: a value, as a matrix product is (`kernel.ts`), named by the same grammar.
 *
 * Its code is one module or several, bound to a memory as
 *
 *     run(x, xStride, y, yStride)
 *
 * with `x` the unpacked form `[channel][height][width]`, channels `xStride` elements apart, and `y` the accumulators
 * `[output][height'][width']`, outputs `yStride` elements apart. Invariant: exactly the results are written to `y`, all
 * exact; besides them only the scratch region is touched, and nothing that lies in it before a call matters.
 */
import { type Capability, type FunctionBuilder, type I32, i32, ModuleBuilder } from '@bitvox/wasm';
import type { WeightType } from '../layout.ts';
import type { ConvShape, Pair } from './conv-shape.ts';
import type { GemmAccumulator, GemmActivations, KernelTarget } from './kernel.ts';

/** `run` of a bound kernel: addresses in bytes, strides in elements. */
export type ConvRun = (x: number, xStride: number, y: number, yStride: number) => void;

/** Where a kernel's regions lie, and the exports of its instances. */
export interface ConvBinding {
  readonly weights: number;
  readonly scratch: number;
  /** The function `run` of every module, in the order of `build`. */
  readonly functions: readonly ((...args: number[]) => void)[];
}

/** A convolution as a value. */
export interface ConvKernel {
  readonly name: `conv2d_${WeightType}x${GemmActivations}_${GemmAccumulator}__${string}`;
  readonly op: 'conv2d';
  readonly weights: WeightType;
  readonly activations: GemmActivations;
  readonly accumulator: GemmAccumulator;
  /** One sentence on how it works. */
  readonly summary: string;
  readonly requires: readonly Capability[];
  /** Whether every result is exact and the shape within the kernel's means. */
  readonly computes: (shape: ConvShape) => boolean;
  /** Whether it is worth choosing where it computes. */
  readonly pays: (shape: ConvShape, output: Pair) => boolean;
  readonly weightBytes: (shape: ConvShape) => number;
  readonly scratchBytes: (shape: ConvShape) => number;
  /** Packed rows `[output][channel][tap]` → the kernel's own layout, `weightBytes` bytes. */
  readonly packWeights: (rows: Uint8Array, shape: ConvShape) => Uint8Array<ArrayBuffer>;
  /** How many modules there are. */
  readonly modules: (shape: ConvShape) => number;
  /** The bytes of each module; each imports `env.memory` and exports `run`. */
  readonly build: (shape: ConvShape, target: KernelTarget) => Uint8Array<ArrayBuffer>[];
  /** The modules' functions as one. */
  readonly bind: (shape: ConvShape, binding: ConvBinding) => ConvRun;
}

/** A function of 32-bit integers under construction. */
export type IntegerFunction<P extends string = string> = FunctionBuilder<Readonly<Record<P, 'i32'>>, 'void'>;

/** A module whose only export is `run` with these parameters. */
export function buildFunction<P extends string>(
  target: KernelTarget,
  parameters: readonly P[],
  body: (run: IntegerFunction<P>) => void,
): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder(target.shared ? { from: 'import', shared: true, maximum: 65536 } : { from: 'import' });
  body(module.function('run', Object.fromEntries(parameters.map((name) => [name, 'i32'])) as Readonly<Record<P, 'i32'>>));
  return module.build();
}

/** What emits statements into a function, whatever its parameters. */
export type Emitter = Omit<FunctionBuilder, 'params' | 'signature' | 'result' | 'name' | 'index' | 'code'>;

/** Emits `body` to be done `count` times, at least once. */
export function repeat(run: Emitter, count: I32, body: () => void): void {
  const left = run.let(i32.add(count, 0));
  run.doWhile(
    () => {
      body();
      run.set(left, i32.sub(left, 1));
    },
    () => left,
  );
}
